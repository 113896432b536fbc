//! How plots look, by day and by night.

use plotters::style::RGBColor;

pub const PAPER: RGBColor = RGBColor(255, 255, 255);
pub const INK: RGBColor = RGBColor(31, 35, 40);
pub const FAINT: RGBColor = RGBColor(101, 109, 118);
pub const GRID: RGBColor = RGBColor(222, 226, 230);

/// Told apart with any kind of colour vision (Okabe and Ito's, without yellow), on both papers.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(128, 128, 128),
];

/// The colour of the line of that number.
pub fn colour(number: usize) -> RGBColor {
    PALETTE[number % PALETTE.len()]
}

/// What makes a plot follow its reader's choice of light or dark: plots are drawn in light colours, and these rules go
/// before what is written at the elements. For a page that holds plots; [`Chart::svg`](super::Chart::svg) has it in it.
pub const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',sans-serif}\
@media(prefers-color-scheme:dark){\
svg [fill='#FFFFFF']{fill:#0d1117}svg [fill='#1F2328']{fill:#e6edf3}svg [fill='#656D76']{fill:#9aa4af}\
svg [stroke='#656D76']{stroke:#6e7681}svg [stroke='#DEE2E6']{stroke:#30363d}\
svg [fill='#0072B2']{fill:#3b9edb}svg [stroke='#0072B2']{stroke:#3b9edb}}";
