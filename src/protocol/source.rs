//! What a track shows, as its owner says in `appData.source`. The rest of `appData` is the application's own.

use super::AppData;
use serde::Deserialize;

/// Where a track comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A camera or a microphone, or what doesn't say.
    Person,
    /// A shared screen (`"screen"`), its picture or its sound.
    Screen,
}

impl Source {
    /// Reads it.
    pub fn of(app_data: &AppData) -> Self {
        #[derive(Deserialize)]
        struct Told {
            source: String,
        }
        match serde_json::from_str::<Told>(app_data.as_json()) {
            Ok(told) if told.source == "screen" => Self::Screen,
            Ok(_) | Err(_) => Self::Person,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_screen_is_a_screen() {
        let source = |json: &str| Source::of(&serde_json::from_str(json).expect("appData"));
        assert_eq!(source(r#"{ "source": "screen", "x": 1 }"#), Source::Screen);
        for other in
            ["{}", r#"{ "source": "camera" }"#, r#"{ "source": 5 }"#, r#"{ "source": { "source": "screen" } }"#]
        {
            assert_eq!(source(other), Source::Person, "{other}");
        }
    }
}
