//! A bar for each of a few things.

use super::canvas::{self, Area, Drawn, MARGIN, WIDTH};
use super::theme::{self, GRID, INK};
use plotters::element::{PathElement, Rectangle, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

const BAR_HEIGHT: i32 = 28;
const GAP: i32 = 20;

/// Bars from left to right, 720 pixels wide and as high as they need, each with its value behind it.
#[derive(Debug, Clone)]
pub struct Bars {
    /// What is shown.
    pub title: String,
    /// What the bars of a group are, in their order. If there is but one, it is not shown.
    pub names: Vec<String>,
    /// From above to below.
    pub groups: Vec<Group>,
    /// How a value is written.
    pub format: fn(f64) -> String,
}

/// Bars that belong together.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Beside it.
    pub label: String,
    /// One for each name; nothing where there is none. Not negative.
    pub values: Vec<Option<f64>>,
}

impl Bars {
    /// A file of its own.
    pub fn svg(&self) -> String {
        canvas::standalone(&self.inline())
    }

    /// A part of a page that has [`STYLE`](super::STYLE).
    pub fn inline(&self) -> String {
        // The heading's height is not known before it is drawn: legends of bars fit two lines.
        let heading = if self.names.len() < 2 { 72 } else { 148 };
        let height = heading + self.groups.iter().map(|group| self.height_of(group)).sum::<i32>() + MARGIN;
        canvas::inline(&self.title, height.unsigned_abs(), |area| self.draw(area))
    }

    fn height_of(&self, group: &Group) -> i32 {
        group.values.len() as i32 * BAR_HEIGHT + GAP
    }

    fn draw(&self, area: &Area) -> Drawn {
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        let top = canvas::heading(area, &self.title, &names)?;
        let labels = self.groups.iter().map(|group| canvas::text_width(&group.label, 12)).max().unwrap_or(0);
        let left = MARGIN + labels.min(WIDTH as i32 / 3) + 20;
        let values = || self.groups.iter().flat_map(|group| &group.values).flatten().copied();
        let greatest = values().filter(|value| value.is_finite()).fold(f64::MIN_POSITIVE, f64::max);
        let written = values().map(|value| canvas::text_width(&(self.format)(value), 12)).max().unwrap_or(0);
        let room = f64::from(WIDTH as i32 - MARGIN - left - written - 20);
        let mut y = top + GAP;
        for group in &self.groups {
            let height = self.height_of(group) - GAP;
            let style = canvas::text(12, INK).pos(canvas::anchor(HPos::Right, VPos::Center));
            area.draw(&Text::new(group.label.clone(), (left - 16, y + height / 2), style))?;
            for (number, value) in group.values.iter().enumerate() {
                let Some(value) = value.filter(|value| value.is_finite()) else { continue };
                let (above, end) = (y + number as i32 * BAR_HEIGHT, left + (value / greatest * room).round() as i32);
                let corners = [(left, above + 2), (end.max(left + 2), above + BAR_HEIGHT - 2)];
                area.draw(&Rectangle::new(corners, theme::colour(number).filled()))?;
                let style = canvas::text(12, INK).pos(canvas::anchor(HPos::Left, VPos::Center));
                area.draw(&Text::new((self.format)(value), (end + 12, above + BAR_HEIGHT / 2), style))?;
            }
            y += height + GAP;
        }
        area.draw(&PathElement::new(vec![(left, top + 8), (left, y - 8)], GRID.stroke_width(2)))
    }
}
