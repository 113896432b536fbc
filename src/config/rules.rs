//! What single values cannot tell: rules between keys.

use super::error::{Fault, Origin};
use super::layers::Layers;
use super::{Config, auth, leaf, quality, webhooks};

/// The shortest time between two looks at connections.
const MIN_INTERVAL_MS: u64 = 100;

/// Checks the values against each other; `cores` is what `workers.count = 0` stands for.
pub(super) fn check(config: &Config, layers: &Layers, cores: usize) -> Result<(), Fault> {
    let rules = Rules { config, layers, workers: config.workers.count_on(cores) };
    rules.port_range()?;
    rules.ports_for_workers()?;
    rules.separate_ports()?;
    rules.some_protocol()?;
    rules.turn_credentials()?;
    rules.turn_secret()?;
    rules.token_ttl()?;
    rules.auth_lists()?;
    rules.database_url()?;
    rules.quality_interval()?;
    rules.quality_thresholds()?;
    webhooks::check(&config.webhooks, &config.backend, layers)
}

struct Rules<'a> {
    config: &'a Config,
    layers: &'a Layers,
    workers: usize,
}

impl Rules<'_> {
    fn port_range(&self) -> Result<(), Fault> {
        let rtc = &self.config.rtc;
        if rtc.min_port <= rtc.max_port {
            return Ok(());
        }
        let expected = match self.culprit(&["rtc.max_port", "rtc.min_port"]) {
            "rtc.min_port" => format!("a port from 1 to {}, which is rtc.max_port", rtc.max_port),
            _ => format!("a port from {} (rtc.min_port) to 65535", rtc.min_port),
        };
        self.refuse(&["rtc.max_port", "rtc.min_port"], expected)
    }

    fn ports_for_workers(&self) -> Result<(), Fault> {
        let (rtc, workers, ports) = (&self.config.rtc, self.workers, self.config.rtc.port_count());
        if ports >= workers {
            return Ok(());
        }
        let range = format!("rtc.min_port to rtc.max_port ({} to {})", rtc.min_port, rtc.max_port);
        let keys = ["rtc.max_port", "rtc.min_port", "workers.count"];
        let expected = match self.culprit(&keys) {
            "workers.count" => format!("at most {ports} workers, one for each port from {range}"),
            _ => format!("at least {workers} ports from {range}, one for each of the {workers} workers"),
        };
        self.refuse(&keys, expected)
    }

    /// Workers take TCP ports too, and would find that of HTTP taken.
    fn separate_ports(&self) -> Result<(), Fault> {
        let (rtc, port) = (&self.config.rtc, usize::from(self.config.server.port));
        let first = usize::from(rtc.min_port);
        let last = first + self.workers - 1;
        if !rtc.enable_tcp || !(first..=last).contains(&port) {
            return Ok(());
        }
        let workers = self.workers;
        let expected = match self.culprit(&["server.port", "rtc.min_port"]) {
            "server.port" => {
                format!("a port outside of {first} to {last}, where the {workers} workers listen over TCP")
            }
            _ => format!(
                "another first port: the {workers} workers would listen on TCP ports {first} to {last}, and \
                 server.port is {port}"
            ),
        };
        self.refuse(&["server.port", "rtc.min_port"], expected)
    }

    fn some_protocol(&self) -> Result<(), Fault> {
        if self.config.rtc.enable_udp || self.config.rtc.enable_tcp {
            return Ok(());
        }
        self.refuse(&["rtc.enable_tcp", "rtc.enable_udp"], "rtc.enable_udp or rtc.enable_tcp to be true".into())
    }

    /// Browsers refuse a TURN server without both.
    fn turn_credentials(&self) -> Result<(), Fault> {
        for (index, server) in self.config.rtc.ice_servers.iter().enumerate() {
            let missing = match (server.username.is_empty(), server.credential.is_empty()) {
                (true, _) => ("username", "WEBRTC_TURN_USERNAME"),
                (false, true) => ("credential", "WEBRTC_TURN_PASSWORD"),
                (false, false) => continue,
            };
            if server.urls.iter().any(|url| url.starts_with("turn")) {
                return Err(Fault::Invalid {
                    key: format!("rtc.ice_servers[{index}].{}", missing.0),
                    value: "\"\"".into(),
                    origin: self.layers.origin("rtc.ice_servers").clone(),
                    expected: format!("a text, because TURN servers need one (variable {})", missing.1),
                });
            }
        }
        Ok(())
    }

    fn turn_secret(&self) -> Result<(), Fault> {
        let turn = &self.config.turn;
        if turn.urls.is_empty() || !turn.secret.is_empty() {
            return Ok(());
        }
        Err(Fault::Invalid {
            key: "turn.secret".into(),
            value: "\"\"".into(),
            origin: self.layers.origin("turn.secret").clone(),
            expected: "the secret of the servers in turn.urls (static-auth-secret of coturn)".into(),
        })
    }

    fn database_url(&self) -> Result<(), Fault> {
        if self.config.database.url_fits() {
            return Ok(());
        }
        let expected = "sqlite://<path>, sqlite::memory: or postgres://user:password@host:5432/name";
        self.refuse(&["database.url"], expected.into())
    }

    fn token_ttl(&self) -> Result<(), Fault> {
        let (ttl, max) = (self.config.auth.token_ttl_s, self.config.auth.max_token_ttl_s);
        if ttl <= max {
            return Ok(());
        }
        let keys = ["auth.token_ttl_s", "auth.max_token_ttl_s"];
        let expected = match self.culprit(&keys) {
            "auth.token_ttl_s" => format!("at most {max}, which is auth.max_token_ttl_s"),
            _ => format!("at least {ttl}, which is auth.token_ttl_s"),
        };
        self.refuse(&keys, expected)
    }

    fn auth_lists(&self) -> Result<(), Fault> {
        let Some((key, value, expected)) = auth::contradiction(&self.config.auth) else { return Ok(()) };
        let list = if key.starts_with("auth.issuers") { "auth.issuers" } else { "auth.api_keys" };
        Err(Fault::Invalid { key, value, origin: self.layers.origin(list).clone(), expected: expected.into() })
    }

    /// More often than clients report, there is nothing new.
    fn quality_interval(&self) -> Result<(), Fault> {
        match self.config.quality.interval_ms {
            1..MIN_INTERVAL_MS => {
                self.refuse(&["quality.interval_ms"], format!("0, or an integer from {MIN_INTERVAL_MS} to 600000"))
            }
            _ => Ok(()),
        }
    }

    fn quality_thresholds(&self) -> Result<(), Fault> {
        for (key, values, falling) in quality::thresholds(&self.config.quality) {
            let worse = |pair: &[u32]| if falling { pair[0] > pair[1] } else { pair[0] < pair[1] };
            let sensible = values.is_empty() || values.len() == 3 && values.windows(2).all(worse);
            if !sensible {
                let way = if falling { "smaller" } else { "larger" };
                return self.refuse(&[key], format!("three values, each {way} than the one before, or none"));
            }
        }
        Ok(())
    }

    /// Of the keys that don't go together, the one that was set last: most likely what has to change.
    fn culprit<'k>(&self, keys: &[&'k str]) -> &'k str {
        let layer = |key: &&str| match self.layers.origin(key) {
            Origin::Defaults => 0,
            Origin::File(_) => 1,
            Origin::Variable(_) => 2,
            Origin::Flag(_) => 3,
        };
        keys.iter().rev().copied().max_by_key(layer).unwrap_or_default()
    }

    fn refuse(&self, keys: &[&str], expected: String) -> Result<(), Fault> {
        let key = self.culprit(keys);
        let value = leaf(key).map(|leaf| leaf.kind.render(self.layers.value(key))).unwrap_or_default();
        Err(Fault::Invalid { key: key.into(), value, origin: self.layers.origin(key).clone(), expected })
    }
}
