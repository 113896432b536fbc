//! Lines over a continuous quantity.

use super::canvas::{self, Area, Drawn, MARGIN, WIDTH};
use super::scale::{Scale, has_place};
use super::theme::{self, FAINT, GRID};
use super::thin::thin;
use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::element::{Circle, PathElement, Polygon, Text};
use plotters::series::DashedLineSeries;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor, TRANSPARENT};

const HEIGHT: u32 = 540;
/// More points than pixels cannot be seen.
const MOST_POINTS: usize = 700;
/// So few points are measurements of their own, each to be seen.
const MARKED_POINTS: usize = 24;

/// Lines over a continuous quantity, 720 pixels wide. A point whose value is not a number is a gap in its line.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// What is shown.
    pub title: String,
    /// To the right.
    pub x: Axis,
    /// Upwards; begins at zero unless it is logarithmic.
    pub y: Axis,
    /// What is drawn, the first at the bottom. If there is but one, its name is not shown.
    pub lines: Vec<Line>,
}

/// An axis.
#[derive(Debug, Clone, Default)]
pub struct Axis {
    /// Its quantity and unit: `"latency, ms"`.
    pub label: String,
    /// Equal ratios in place of equal distances; what is not above zero is not shown then.
    pub log: bool,
}

impl Axis {
    /// With equal distances.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), log: false }
    }

    /// With equal ratios.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), log: true }
    }
}

/// A line.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// In the legend.
    pub name: String,
    /// Growing to the right.
    pub points: Vec<(f64, f64)>,
    /// How it is drawn.
    pub shape: Shape,
}

impl Line {
    /// Drawn through.
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, shape: Shape::Through }
    }

    /// Drawn as that.
    pub fn shaped(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// Through.
    #[default]
    Through,
    /// In dashes: a limit, or a reference.
    Dashed,
    /// As an area upon the stacked ones before it. Stacked lines have their points at the same places.
    Stacked,
}

type Plane<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Scale, Scale>>;

impl Chart {
    /// A file of its own.
    pub fn svg(&self) -> String {
        canvas::standalone(&self.inline())
    }

    /// A part of a page that has [`STYLE`](super::STYLE).
    pub fn inline(&self) -> String {
        canvas::inline(&self.title, HEIGHT, |area| self.draw(area))
    }

    fn draw(&self, area: &Area) -> Drawn {
        let names: Vec<_> = self.lines.iter().map(|line| line.name.as_str()).collect();
        let top = canvas::heading(area, &self.title, &names)?;
        let label = |anchor| canvas::text(12, FAINT).pos(anchor);
        let above = label(canvas::anchor(HPos::Left, VPos::Top));
        area.draw(&Text::new(self.y.label.clone(), (MARGIN, top), above))?;
        let right = label(canvas::anchor(HPos::Right, VPos::Bottom));
        area.draw(&Text::new(self.x.label.clone(), (WIDTH as i32 - MARGIN, HEIGHT as i32 - 6), right))?;

        let lines = self.stacked();
        let mut plane = ChartBuilder::on(area)
            .margin_top(top + 40)
            .margin_right(MARGIN + 24)
            .margin_bottom(36)
            .margin_left(MARGIN)
            .x_label_area_size(44)
            .y_label_area_size(92)
            .build_cartesian_2d(self.x_scale(&lines), self.y_scale(&lines))?;
        plane
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID.stroke_width(2))
            .light_line_style(TRANSPARENT)
            .axis_style(FAINT.stroke_width(2))
            .label_style(canvas::text(12, FAINT))
            .draw()?;
        let mut below: Option<&[(f64, f64)]> = None;
        for (number, line) in lines.iter().enumerate() {
            let colour = theme::colour(number);
            if line.shape == Shape::Stacked {
                draw_area(&mut plane, &line.points, below, colour)?;
                below = Some(&line.points);
            } else {
                draw_line(&mut plane, line, self.x.log, self.y.log, colour)?;
            }
        }
        Ok(())
    }

    /// The lines, with what is stacked added up.
    fn stacked(&self) -> Vec<Line> {
        let mut sums: Vec<f64> = Vec::new();
        let mut lines = self.lines.clone();
        for line in lines.iter_mut().filter(|line| line.shape == Shape::Stacked) {
            sums.resize(sums.len().max(line.points.len()), 0.0);
            for (sum, (_, y)) in sums.iter_mut().zip(&mut line.points) {
                *sum += if y.is_finite() { *y } else { 0.0 };
                *y = *sum;
            }
        }
        lines
    }

    fn x_scale(&self, lines: &[Line]) -> Scale {
        let (from, to) = ends(lines.iter().flat_map(|line| &line.points).map(|point| point.0), self.x.log);
        // What begins near to zero is seen better from there.
        let begin = if from > 0.0 && from < to * 0.1 { 0.0 } else { from };
        if self.x.log { Scale::log(from, to) } else { Scale::linear(begin, to, 8) }
    }

    fn y_scale(&self, lines: &[Line]) -> Scale {
        let (from, to) = ends(lines.iter().flat_map(|line| &line.points).map(|point| point.1), self.y.log);
        if self.y.log { Scale::log(from, to) } else { Scale::linear_rounded(from.min(0.0), to, 5) }
    }
}

/// The least and the greatest that can be shown, or some if there is nothing.
fn ends(values: impl Iterator<Item = f64>, log: bool) -> (f64, f64) {
    let shown = values.filter(|value| has_place(*value, log));
    let (from, to) =
        shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if from.is_finite() { (from, to) } else { (if log { 1.0 } else { 0.0 }, 1.0) }
}

fn draw_line(plane: &mut Plane, line: &Line, x_log: bool, y_log: bool, colour: RGBColor) -> Drawn {
    let shown = |point: &(f64, f64)| has_place(point.0, x_log) && has_place(point.1, y_log);
    let style = colour.stroke_width(4);
    for run in line.points.split(|point| !shown(point)).filter(|run| !run.is_empty()) {
        let points = thin(run, MOST_POINTS);
        match line.shape {
            Shape::Dashed => plane.draw_series(DashedLineSeries::new(points.clone(), 12, 10, style)).map(drop)?,
            _ => plane.draw_series([PathElement::new(points.clone(), style)]).map(drop)?,
        }
        // Of a point alone there is no line to see.
        if line.shape == Shape::Through && (line.points.len() <= MARKED_POINTS || run.len() == 1) {
            plane.draw_series(points.into_iter().map(|point| Circle::new(point, 7, colour.filled())))?;
        }
    }
    Ok(())
}

fn draw_area(plane: &mut Plane, above: &[(f64, f64)], below: Option<&[(f64, f64)]>, colour: RGBColor) -> Drawn {
    let mut outline = thin(above, MOST_POINTS);
    match below {
        Some(below) => outline.extend(thin(below, MOST_POINTS).into_iter().rev()),
        None => outline.extend([above.last(), above.first()].into_iter().flatten().map(|point| (point.0, 0.0))),
    }
    plane.draw_series([Polygon::new(outline, colour.mix(0.85).filled())]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(lines: Vec<Line>) -> Chart {
        Chart { title: "Cost".to_owned(), x: Axis::linear("consumers"), y: Axis::linear("packets/s"), lines }
    }

    fn count(svg: &str, tag: &str) -> usize {
        svg.matches(&format!("<{tag} ")).count()
    }

    #[test]
    fn a_gap_parts_a_line() {
        let points = (0..100).map(|x| (f64::from(x), if x == 50 { f64::NAN } else { 1.0 })).collect();
        let whole = chart(vec![Line::new("a", vec![(0.0, 1.0), (99.0, 1.0)])]).inline();
        let parted = chart(vec![Line::new("a", points)]).inline();
        let lines = |svg: &str| svg.matches("stroke=\"#0072B2\"").count();
        assert_eq!((lines(&whole), lines(&parted)), (1, 2), "{parted}");
    }

    #[test]
    fn text_is_no_markup() {
        let svg = chart(vec![Line::new("<b>&", vec![(0.0, 1.0)]), Line::default()]).svg();
        assert!(svg.contains("&lt;b&gt;&amp;") && !svg.contains("<b>"), "{svg}");
    }

    #[test]
    fn stacked_lines_add_up() {
        let of = |y| Line::new("a", vec![(0.0, y), (1.0, y)]).shaped(Shape::Stacked);
        let chart = chart(vec![of(1.0), of(2.0), of(4.0)]);
        let tops: Vec<_> = chart.stacked().iter().map(|line| line.points[1].1).collect();
        assert_eq!(tops, [1.0, 3.0, 7.0]);
        assert_eq!(count(&chart.inline(), "polygon"), 3);
    }

    #[test]
    fn without_points_there_is_still_a_plot() {
        let log = Chart { y: Axis::log("s"), ..chart(vec![Line::default()]) };
        assert!(log.svg().ends_with("</svg>\n") && chart(Vec::new()).svg().ends_with("</svg>\n"));
    }

    #[test]
    fn many_points_are_thinned() {
        let points = (0..50_000).map(|x| (f64::from(x), f64::from(x % 7))).collect();
        assert!(chart(vec![Line::new("a", points)]).svg().len() < 20_000);
    }
}
