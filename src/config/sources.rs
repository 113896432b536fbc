//! What is read from outside before anything is decided: files, environment, flags.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::{ConfigError, Fault};

/// The input of a configuration, gathered but not yet looked at.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Later ones override earlier ones.
    pub files: Vec<File>,
    /// Variables by name.
    pub environment: BTreeMap<String, String>,
    /// Later ones override earlier ones.
    pub flags: Vec<Flag>,
    /// Cores of the machine, which `workers.count = 0` stands for.
    pub cores: usize,
}

/// A file's text under the name that messages give it.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path, as given or found.
    pub name: String,
    /// TOML.
    pub text: String,
}

/// A flag that sets one key.
#[derive(Debug, Clone)]
pub struct Flag {
    /// As typed, such as `--port`.
    pub name: String,
    /// `section.key`
    pub key: String,
    /// As typed.
    pub value: String,
}

impl Flag {
    /// A flag of its own for one key.
    pub fn new(name: &str, key: &str, value: &str) -> Self {
        Self { name: name.into(), key: key.into(), value: value.into() }
    }

    /// The argument of `--set`.
    ///
    /// # Errors
    /// [`ConfigError`] unless it reads `section.key=value`.
    pub fn set(argument: &str) -> Result<Self, ConfigError> {
        // Only the key is repeated: what follows may be a secret.
        let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
        if key.contains('.') && key.len() < argument.len() {
            return Ok(Self::new("--set", key.trim(), value));
        }
        Err(Fault::BadSet { argument: key.into() }.into())
    }
}

impl Default for Sources {
    /// No files, variables or flags: the defaults on this machine.
    fn default() -> Self {
        let (files, environment, flags) = Default::default();
        Self { files, environment, flags, cores: num_cpus::get() }
    }
}

impl Sources {
    /// Reads every `*.toml` of `folder` in name order, `default.toml` before the others so that a copy of the defaults
    /// never hides a change, then `files`. A missing folder is an empty one.
    ///
    /// # Errors
    /// [`ConfigError`] for a file or folder that cannot be read.
    pub fn gather(
        folder: &Path,
        files: &[PathBuf],
        variables: impl Iterator<Item = (OsString, OsString)>,
        flags: Vec<Flag>,
    ) -> Result<Self, ConfigError> {
        let lossy = |text: OsString| text.to_string_lossy().into_owned();
        let paths = toml_files(folder)?;
        Ok(Self {
            files: paths.iter().chain(files).map(|path| read(path)).collect::<Result<_, _>>()?,
            environment: variables.map(|(name, value)| (lossy(name), lossy(value))).collect(),
            flags,
            ..Self::default()
        })
    }
}

fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| unreadable(folder, &error))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort_by_key(|path| (!path.ends_with("default.toml"), path.clone()));
    Ok(paths)
}

fn read(path: &Path) -> Result<File, Fault> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok(File { name: path.display().to_string(), text })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::Unreadable { file: path.display().to_string(), reason: error.to_string() }
}
