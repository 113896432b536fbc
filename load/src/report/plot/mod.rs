//! Plots as SVG, for reports and documents.
//!
//! A [`Chart`] has lines over a continuous quantity, [`Bars`] have a bar for each of a few things. Both end in a string:
//! `svg()` is a file of its own that follows its reader's choice of light or dark, `inline()` a part of a page that has
//! [`STYLE`].

mod bars;
mod canvas;
mod chart;
mod scale;
mod theme;
mod thin;

pub use bars::{Bars, Group};
pub use chart::{Axis, Chart, Line, Shape};
pub use theme::STYLE;
