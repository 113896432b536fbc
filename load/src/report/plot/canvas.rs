//! What all plots have: paper, a title, a legend.

use super::theme::{self, FAINT, INK, PAPER};
use crate::report::markup::escaped;
use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, TextStyle};

/// Plots are drawn in halves of pixels: the backend knows whole numbers only, and a line would go by steps.
pub const WIDTH: u32 = 1440;
pub const MARGIN: i32 = 24;
const TITLE_HEIGHT: i32 = 64;
const LEGEND_HEIGHT: i32 = 40;
const SWATCH: i32 = 20;

pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Text of that size in pixels.
pub fn text(pixels: i32, colour: RGBColor) -> TextStyle<'static> {
    // The backend writes sizes divided by that.
    ("sans-serif", f64::from(pixels) * 2.0 * 1.24).into_font().color(&colour)
}

/// About how wide text is, in halves of pixels: fonts are the reader's.
pub fn text_width(text: &str, pixels: i32) -> i32 {
    (text.chars().count() as f64 * f64::from(pixels) * 2.0 * 0.56).ceil() as i32
}

/// Where text is in relation to its point.
pub fn anchor(horizontal: HPos, vertical: VPos) -> Pos {
    Pos::new(horizontal, vertical)
}

/// An SVG element of that height with what is drawn on it, to be part of a page.
pub fn inline(title: &str, height: u32, draw: impl FnOnce(&Area) -> Drawn) -> String {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        root.fill(&PAPER).and_then(|()| draw(&root)).and_then(|()| root.present()).expect("a string takes it all");
    }
    // In place of the backend's first tag, which knows nothing of halves of pixels or readers of screens.
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    let (shown_width, shown_height) = (WIDTH / 2, height / 2);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\" width=\"{shown_width}\" \
         height=\"{shown_height}\" viewBox=\"0 0 {WIDTH} {height}\">{body}",
        escaped(title)
    )
}

/// Such an element as a file of its own.
pub fn standalone(inline: &str) -> String {
    inline.replacen('>', &format!("><style>{}</style>", theme::STYLE), 1)
}

/// Writes a title, and below it names with their colours if there is more than one. Returns how high they are.
pub fn heading(area: &Area, title: &str, names: &[&str]) -> Result<i32, DrawingAreaErrorKind<std::io::Error>> {
    let bold = ("sans-serif", 15.0 * 2.0 * 1.24).into_font().style(plotters::style::FontStyle::Bold).color(&INK);
    area.draw(&Text::new(title.to_owned(), (MARGIN, 14), bold))?;
    if names.len() < 2 {
        return Ok(TITLE_HEIGHT);
    }
    let (mut x, mut y) = (MARGIN, TITLE_HEIGHT);
    for (number, name) in names.iter().enumerate() {
        let width = SWATCH + 12 + text_width(name, 12) + 32;
        if x > MARGIN && x + width > WIDTH as i32 {
            (x, y) = (MARGIN, y + LEGEND_HEIGHT);
        }
        area.draw(&Rectangle::new([(x, y + 4), (x + SWATCH, y + 4 + SWATCH)], theme::colour(number).filled()))?;
        let style = text(12, FAINT).pos(anchor(HPos::Left, VPos::Center));
        area.draw(&Text::new((*name).to_owned(), (x + SWATCH + 12, y + 4 + SWATCH / 2), style))?;
        x += width;
    }
    Ok(y + LEGEND_HEIGHT + 4)
}
