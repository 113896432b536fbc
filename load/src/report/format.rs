//! Quantities as people read them: three digits, with the unit that fits.

/// A number: `0`, `0.84`, `12.3k`, `1.20M`.
pub fn number(value: f64) -> String {
    scaled(value, 1000.0, &["", "k", "M", "G", "T"])
}

/// Bits a second: `98.2 Mbit/s`.
pub fn bits_per_second(value: f64) -> String {
    scaled(value, 1000.0, &[" bit/s", " kbit/s", " Mbit/s", " Gbit/s", " Tbit/s"])
}

/// Bytes of memory: `120 MiB`.
pub fn bytes(value: u64) -> String {
    scaled(value as f64, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB"])
}

/// A time in microseconds: `850 µs`, `4.25 ms`, `1.20 s`.
pub fn micros(value: u64) -> String {
    scaled(value as f64, 1000.0, &[" µs", " ms", " s"])
}

/// A share of `0.0` to `1.0`: `0 %`, `0.05 %`, `12.0 %`. What is not nothing does not look like nothing.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".to_owned(),
        percent if percent < 0.001 => "<0.001 %".to_owned(),
        percent if percent < 0.1 => format!("{percent:.3} %"),
        percent if percent < 10.0 => format!("{percent:.2} %"),
        percent if percent < 99.95 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

/// Cores: `0.84`.
pub fn cores(value: f64) -> String {
    format!("{value:.2}")
}

/// A length of time in seconds: `42 s`, `12:03`, `1:02:03`.
pub fn seconds(value: f64) -> String {
    let whole = value.max(0.0).round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// Three digits of a value before the first unit in which it is below `base`, or the last one.
fn scaled(mut value: f64, base: f64, units: &[&str]) -> String {
    let mut unit = 0;
    // What rounding would make four digits of is written in the next unit.
    while value.abs() >= base - 0.5 && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    let digits = match value.abs() {
        magnitude if magnitude >= 99.95 || (unit == 0 && value.fract() == 0.0) => 0,
        magnitude if magnitude >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.digits$}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let shown = [0.0, 7.0, 0.84, 99.96, 999.0, 999.7, 12_345.0, 1_200_000.0, -2500.0].map(number);
        assert_eq!(shown, ["0", "7", "0.84", "100", "999", "1.00k", "12.3k", "1.20M", "-2.50k"]);
    }

    #[test]
    fn units_fit() {
        assert_eq!([850, 4_250, 1_200_000, 5_000_000_000].map(micros), ["850 µs", "4.25 ms", "1.20 s", "5000 s"]);
        assert_eq!([512, 1024, 125_829_120].map(bytes), ["512 B", "1.00 KiB", "120 MiB"]);
        assert_eq!(bits_per_second(98_200_000.0), "98.2 Mbit/s");
        assert_eq!([42.4, 723.0, 3723.0].map(seconds), ["42 s", "12:03", "1:02:03"]);
    }

    #[test]
    fn a_small_share_is_not_nothing() {
        let shown = [0.0, 0.000_001, 0.0005, 0.05, 0.5, 1.0].map(percent);
        assert_eq!(shown, ["0 %", "<0.001 %", "0.050 %", "5.00 %", "50.0 %", "100 %"]);
    }
}
