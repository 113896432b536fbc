//! The keys of our own: PEM files, all of which verify; the newest signs.

use super::jwk::{Jwk, Jwks, PublicKeys};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use jsonwebtoken::jwk::AlgorithmParameters;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use pem::Pem;
use serde::Serialize;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Of keys that the server makes itself.
const SIZE: KeySize = KeySize::Rsa3072;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file or folder cannot be read or made.
    #[error("auth.keys_dir: {path} cannot be {what}: {reason}")]
    File {
        /// Which.
        path: String,
        /// Read, or written.
        what: &'static str,
        /// What the system says.
        reason: std::io::Error,
    },
    /// A file holds something else.
    #[error("auth.keys_dir: {0} holds no RSA private key of 2048 to 8192 bits in PEM (PKCS #8 or PKCS #1)")]
    NoKey(String),
    /// There is none, and none may be made.
    #[error(
        "auth.keys_dir: there is no key in {0}, and auth.api_keys need one to have tokens signed: put a PEM file there \
         (openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072); only in development is one made"
    )]
    Missing(String),
}

/// What to do where there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKeys {
    /// Make one and keep it.
    Make,
    /// Refuse: one is needed.
    Refuse,
    /// Go on: no token is made here.
    Allow,
}

/// All keys of our own.
#[derive(Default)]
pub(super) struct KeyRing {
    /// The newest, with its name.
    signing: Option<(String, EncodingKey)>,
    pub public: PublicKeys,
    pub jwks: Jwks,
}

impl KeyRing {
    /// Reads a PEM file, or all `*.pem` of a folder.
    pub fn load(path: &Path, no_keys: NoKeys) -> Result<Self, KeyError> {
        let mut files = pem_files(path)?;
        if files.is_empty() {
            match no_keys {
                NoKeys::Make => files = vec![make(path)?],
                NoKeys::Refuse => return Err(KeyError::Missing(path.display().to_string())),
                NoKeys::Allow => {}
            }
        }
        let mut ring = Self::default();
        for file in files {
            let (key, jwk) = read(&file.path)?;
            ring.signing.get_or_insert_with(|| (jwk.kid.clone(), key));
            ring.jwks.keys.push(jwk);
        }
        ring.public = PublicKeys::of(&ring.jwks);
        Ok(ring)
    }

    /// Signs by RS256; none where there is no key.
    pub fn sign(&self, claims: &impl Serialize) -> Option<String> {
        let (kid, key) = self.signing.as_ref()?;
        let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::RS256) };
        encode(&header, claims, key).ok()
    }
}

/// A key's file; what tells whether it is still the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyFile {
    path: PathBuf,
    modified: SystemTime,
    bytes: u64,
}

/// The files of keys, the newest first; of those of one moment the last by name.
pub(super) fn pem_files(path: &Path) -> Result<Vec<KeyFile>, KeyError> {
    let unreadable = |reason| file_error(path, "read", reason);
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        metadata => metadata.map_err(unreadable)?,
    };
    let mut paths = vec![path.to_owned()];
    if metadata.is_dir() {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
        paths = entries.into_iter().map(|entry| entry.path()).filter(|path| is_pem(path)).collect();
    }
    let file = |path: PathBuf| {
        let found = fs::metadata(&path).and_then(|metadata| Ok((metadata.modified()?, metadata.len())));
        let (modified, bytes) = found.map_err(|reason| file_error(&path, "read", reason))?;
        Ok(KeyFile { path, modified, bytes })
    };
    let mut files = paths.into_iter().map(file).collect::<Result<Vec<_>, KeyError>>()?;
    files.sort_by(|a, b| (b.modified, &b.path).cmp(&(a.modified, &a.path)));
    Ok(files)
}

fn is_pem(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "pem")
}

fn read(path: &Path) -> Result<(EncodingKey, Jwk), KeyError> {
    let unreadable = |reason| file_error(path, "read", reason);
    let text = fs::read(path).map_err(unreadable)?;
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o007 != 0 {
        tracing::warn!("{} can be read by everybody on this machine: chmod 600", path.display());
    }
    let key = EncodingKey::from_rsa_pem(&text).ok().and_then(|key| {
        // Size and shape: what is read here has to sign later.
        KeyPair::from_der(key.as_bytes()).ok()?;
        let public = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, Algorithm::RS256).ok()?;
        let AlgorithmParameters::RSA(numbers) = public.algorithm else { return None };
        Some((key, Jwk::new(numbers.n, numbers.e)))
    });
    key.ok_or_else(|| KeyError::NoKey(path.display().to_string()))
}

/// Makes a key that only this user can read. It is there whole or not at all, whoever looks meanwhile.
fn make(path: &Path) -> Result<KeyFile, KeyError> {
    let file = if is_pem(path) {
        path.to_owned()
    } else {
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        path.join(format!("{}.pem", now.replace(':', "-")))
    };
    let unwritable = |reason| file_error(&file, "written", reason);
    let key = KeyPair::generate(SIZE).and_then(|key| key.as_der());
    let key = key.map_err(|_| unwritable(std::io::Error::other("no key could be made")))?;
    let text = pem::encode(&Pem::new("PRIVATE KEY", key.as_ref()));
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
    }
    let unfinished = file.with_extension(format!("{}.new", std::process::id()));
    let mut writing = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished);
    let written = writing.as_mut().map_err(|error| std::io::Error::from(error.kind())).and_then(|writing| {
        writing.write_all(text.as_bytes())?;
        writing.sync_all()
    });
    written.and_then(|()| fs::rename(&unfinished, &file)).map_err(unwritable)?;
    tracing::info!("made a key to sign tokens with: {}", file.display());
    pem_files(&file)?.pop().ok_or_else(|| unwritable(ErrorKind::NotFound.into()))
}

fn file_error(path: &Path, what: &'static str, reason: std::io::Error) -> KeyError {
    KeyError::File { path: path.display().to_string(), what, reason }
}
