//! A table as a picture (SVG): bars beside the names of the rows, or lines over rows that are numbers. Written by hand, because the
//! two kinds of picture take less than the use of a library would.

use std::fmt::Write;

use crate::table::{Picture, Table, shown};

const WIDTH: f64 = 860.0;
/// Beside the plot: names of rows to the left, figures to the right.
const LEFT: f64 = 250.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 56.0;
const BAR: f64 = 18.0;
const COLOURS: [&str; 6] = ["#2563ab", "#d9822b", "#3d8b47", "#a3333d", "#7157a5", "#5c6b73"];

/// The picture of a table; `None` if there is nothing to draw.
pub fn svg(table: &Table) -> Option<String> {
    match &table.picture {
        Picture::Bars(column) => bars(table, std::slice::from_ref(column)),
        Picture::Groups(columns) => bars(table, columns),
        Picture::Lines(columns) => lines(table, columns),
    }
}

/// From a figure to its place between 0 and 1, by its logarithm if the figures lie far apart.
struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    fn over(values: &[f64]) -> Option<Scale> {
        let low = values.iter().copied().filter(|value| *value > 0.0).min_by(f64::total_cmp)?;
        let high = values.iter().copied().max_by(f64::total_cmp)?;
        if high / low < 20.0 {
            return Some(Scale { low: 0.0, high, logarithmic: false });
        }
        Some(Scale { low: 10f64.powf(low.log10().floor()), high, logarithmic: true })
    }

    fn place(&self, value: f64) -> f64 {
        let place = if self.logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<f64> {
        if self.logarithmic {
            let powers = (0..).map(|power| self.low * 10f64.powi(power));
            return powers.take_while(|tick| *tick <= self.high).collect();
        }
        let rough = 10f64.powf(self.high.log10().floor());
        let step = [0.2, 0.5, 1.0, 2.0].map(|part| part * rough);
        let step = step.into_iter().find(|step| self.high / step <= 6.0).unwrap_or(rough);
        (0..=6).map(|count| f64::from(count) * step).take_while(|tick| *tick <= self.high).collect()
    }
}

/// For each of the columns its place in the table and its unit.
fn found(table: &Table, columns: &[String]) -> Option<Vec<usize>> {
    columns.iter().map(|column| table.column(column)).collect()
}

fn bars(table: &Table, columns: &[String]) -> Option<String> {
    let columns = found(table, columns)?;
    let bars: Vec<(&str, usize, f64)> = table
        .rows
        .iter()
        .flat_map(|row| {
            let drawn = columns.iter().enumerate();
            drawn.filter_map(|(nth, column)| Some((row.name.as_str(), nth, row.values[*column]?)))
        })
        .collect();
    let scale = Scale::over(&bars.iter().map(|bar| bar.2).collect::<Vec<_>>())?;
    let mut body = String::new();
    let (mut y, mut last) = (TOP, None);
    for (name, nth, value) in bars {
        if last != Some(name) {
            y += if last.is_some() { 6.0 } else { 0.0 };
            text(&mut body, LEFT - 8.0, y + BAR - 5.0, "end", name);
            last = Some(name);
        }
        let length = (scale.place(value) * (WIDTH - LEFT - RIGHT)).max(1.0);
        let colour = COLOURS[nth % COLOURS.len()];
        let _ = writeln!(
            body,
            r#"<rect x="{LEFT}" y="{y:.1}" width="{length:.1}" height="{:.1}" fill="{colour}"/>"#,
            BAR - 3.0
        );
        text(&mut body, LEFT + length + 5.0, y + BAR - 5.0, "start", &shown(value));
        y += BAR;
    }
    let mut grid = String::new();
    for tick in scale.ticks() {
        let x = LEFT + scale.place(tick) * (WIDTH - LEFT - RIGHT);
        line(&mut grid, (x, TOP - 4.0), (x, y + 2.0), "#d8dde2", 1.0);
        text(&mut grid, x, y + 16.0, "middle", &shown(tick));
    }
    let unit = unit(table, columns[0], &scale);
    text(&mut grid, WIDTH - 4.0, y + 16.0, "end", &unit);
    Some(document(table, &columns, y + 26.0, &(grid + &body)))
}

fn lines(table: &Table, columns: &[String]) -> Option<String> {
    const HEIGHT: f64 = 340.0;
    const MARGIN: f64 = 60.0;
    let columns = found(table, columns)?;
    let across: Vec<f64> =
        table.rows.iter().filter_map(|row| row.name.replace(',', "").parse().ok()).collect();
    if across.len() != table.rows.len() {
        return None;
    }
    let values = |column: usize| {
        let points = across.iter().zip(&table.rows);
        points.filter_map(move |(x, row)| Some((*x, row.values[column]?)))
    };
    let all: Vec<f64> = columns.iter().flat_map(|column| values(*column)).map(|point| point.1).collect();
    let (down, across) = (Scale::over(&all)?, Scale::over(&across)?);
    let place = |(x, y): (f64, f64)| {
        let x = MARGIN + across.place(x) * (WIDTH - MARGIN - RIGHT);
        (x, TOP + (1.0 - down.place(y)) * (HEIGHT - TOP - 40.0))
    };
    let mut body = String::new();
    for tick in down.ticks() {
        let y = place((across.low, tick)).1;
        line(&mut body, (MARGIN, y), (WIDTH - RIGHT, y), "#d8dde2", 1.0);
        text(&mut body, MARGIN - 6.0, y + 4.0, "end", &shown(tick));
    }
    for tick in across.ticks() {
        text(&mut body, place((tick, down.low)).0, HEIGHT - 18.0, "middle", &shown(tick));
    }
    text(&mut body, WIDTH - 4.0, HEIGHT - 18.0, "end", &table.key);
    text(&mut body, 4.0, TOP - 8.0, "start", &unit(table, columns[0], &down));
    for (nth, column) in columns.iter().enumerate() {
        let colour = COLOURS[nth % COLOURS.len()];
        let points: Vec<(f64, f64)> = values(*column).map(place).collect();
        for pair in points.windows(2) {
            line(&mut body, pair[0], pair[1], colour, 2.0);
        }
        for (x, y) in points {
            let _ = writeln!(body, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="{colour}"/>"#);
        }
    }
    Some(document(table, &columns, HEIGHT, &body))
}

fn unit(table: &Table, column: usize, scale: &Scale) -> String {
    let unit = &table.columns[column].unit;
    if scale.logarithmic { format!("{unit}, logarithmic") } else { unit.clone() }
}

/// The frame with the title and, for several columns, the names of their colours.
fn document(table: &Table, columns: &[usize], height: f64, body: &str) -> String {
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0}" font-family="sans-serif" font-size="12" fill="#20262c">"##
    );
    svg.push_str("\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    let _ = writeln!(svg, r#"<text x="4" y="18" font-size="14">{}</text>"#, escaped(&table.title));
    if columns.len() > 1 {
        let mut x = LEFT;
        for (nth, column) in columns.iter().enumerate() {
            let (colour, name) = (COLOURS[nth % COLOURS.len()], &table.columns[*column].name);
            let _ = writeln!(svg, r#"<rect x="{x}" y="28" width="12" height="12" fill="{colour}"/>"#);
            text(&mut svg, x + 17.0, 38.0, "start", name);
            x += 40.0 + 7.0 * name.chars().count() as f64;
        }
    }
    svg.push_str(body);
    svg.push_str("</svg>\n");
    svg
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(svg, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#, escaped(text));
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(
        svg,
        r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" stroke="{colour}" stroke-width="{width}"/>"#
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::table::{Picture, Table};

    fn table(picture: Picture) -> Table {
        let mut table = Table::new("t", "a < b", "policies", &[("ours", "ns"), ("hand", "ns")], picture);
        table.row("10", &[Some(20.0), Some(15.0)]);
        table.row("100,000", &[Some(40_000.0), None]);
        table
    }

    #[test]
    fn every_figure_is_drawn() {
        let bars = svg(&table(Picture::Groups(vec!["ours".into(), "hand".into()]))).expect("bars");
        assert_eq!(bars.matches("<rect").count(), 1 + 2 + 3, "the ground, two names, three bars");
        assert!(bars.contains("a &lt; b") && bars.contains("logarithmic") && bars.contains("100,000"));
        let lines = svg(&table(Picture::Lines(vec!["ours".into(), "hand".into()]))).expect("lines");
        assert_eq!(lines.matches("<circle").count(), 3);
        assert_eq!(svg(&table(Picture::Bars("ours".into()))).expect("bars").matches("<rect").count(), 1 + 2);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(svg(&Table::new("t", "t", "k", &[("ours", "ns")], Picture::Bars("ours".into()))), None);
        assert_eq!(svg(&table(Picture::Bars("theirs".into()))), None);
    }
}
