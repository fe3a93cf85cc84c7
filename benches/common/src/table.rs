//! Tables of figures: what people read, and the lines that machines do.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::json;

/// A column of figures of one unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    /// What it says.
    pub name: String,
    /// `ns`, `ms`, `MiB`, `times`, ..
    pub unit: String,
}

/// A row: what was measured, and its figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// One for each column; `None` where there is nothing to measure.
    pub values: Vec<Option<f64>>,
}

/// Which figures a picture of the table shows, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Picture {
    /// A bar for each row, of the figures in this column.
    Bars(String),
    /// A line for each of these columns, over the rows, whose names are numbers.
    Lines(Vec<String>),
    /// For each row a bar for each of these columns.
    Groups(Vec<String>),
}

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    /// Begins the names of its figures, and names its picture: `peers/drive/ids`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// What the first column is called.
    pub key: String,
    /// The columns after the first one.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What to read beside it, a line each.
    pub notes: Vec<String>,
    /// What is drawn.
    pub picture: Picture,
}

/// One figure of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The table's name, the row's, the column's: `peers/drive/ids/assize-jit/ns/decision`.
    pub name: String,
    /// Of the column.
    pub unit: String,
    /// As measured.
    pub value: f64,
}

impl Table {
    /// An empty table; columns are pairs of a name and a unit.
    pub fn new(
        name: impl Into<String>,
        title: impl Into<String>,
        key: &str,
        columns: &[(&str, &str)],
        picture: Picture,
    ) -> Table {
        let columns =
            columns.iter().map(|(name, unit)| Column { name: (*name).into(), unit: (*unit).into() });
        Table {
            name: name.into(),
            title: title.into(),
            key: key.into(),
            columns: columns.collect(),
            rows: vec![],
            notes: vec![],
            picture,
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// If it has not one value for each column.
    pub fn row(&mut self, name: impl Into<String>, values: &[Option<f64>]) {
        assert_eq!(values.len(), self.columns.len(), "a value for each column of {}", self.name);
        self.rows.push(Row { name: name.into(), values: values.to_vec() });
    }

    /// Adds a note.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The position of the column of that name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// All figures, row by row.
    pub fn figures(&self) -> impl Iterator<Item = Figure> + '_ {
        self.rows.iter().flat_map(move |row| {
            self.columns.iter().zip(&row.values).filter_map(move |(column, value)| {
                let name = format!("{}/{}/{}", self.name, row.name, column.name);
                Some(Figure { name, unit: column.unit.clone(), value: (*value)? })
            })
        })
    }

    /// As text.
    pub fn text(&self) -> String {
        let mut lines = vec![vec![self.key.clone()]];
        lines[0].extend(self.columns.iter().map(|column| column.name.clone()));
        for row in &self.rows {
            let mut line = vec![row.name.clone()];
            line.extend(row.values.iter().map(|value| value.map_or("-".to_owned(), shown)));
            lines.push(line);
        }
        let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=self.columns.len()).map(width).collect();
        let mut text = format!("{}\n", self.title);
        for line in &lines {
            let _ = write!(text, "  {:<width$}", line[0], width = widths[0]);
            for (cell, width) in line.iter().zip(&widths).skip(1) {
                let _ = write!(text, "  {cell:>width$}");
            }
            text.push('\n');
        }
        for note in &self.notes {
            let _ = writeln!(text, "  * {note}");
        }
        text
    }
}

/// Three digits that count, more before the point: more than the measurements can bear.
pub fn shown(value: f64) -> String {
    match value.abs() {
        size if size >= 99.95 || size == 0.0 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        size if size >= 0.9995 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// Figures as NDJSON, each with the machine and the commit that it was measured on.
pub fn ndjson(tables: &[Table], machine: &str, commit: &str) -> String {
    let mut text = String::new();
    for Figure { name, unit, value } in tables.iter().flat_map(Table::figures) {
        let value: f64 = format!("{value:.4e}").parse().unwrap_or(value);
        let line =
            json!({ "name": name, "unit": unit, "value": value, "machine": machine, "commit": commit });
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Tables that a process has written for another, in order.
pub fn read(text: &str) -> Result<Vec<Table>, serde_json::Error> {
    text.lines().map(serde_json::from_str).collect()
}

/// Tables for another process: a line each.
///
/// # Panics
///
/// If two have the same name: their figures could not be told apart.
pub fn write(tables: &[Table]) -> String {
    let mut names = BTreeSet::new();
    let line = |table: &Table| {
        assert!(names.insert(table.name.clone()), "two tables are called {}", table.name);
        let mut line = serde_json::to_string(table).expect("a table is JSON");
        line.push('\n');
        line
    };
    tables.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{Picture, Table, ndjson, read, shown, write};

    fn table() -> Table {
        let columns = [("ns", "ns"), ("of hand", "times")];
        let mut table =
            Table::new("peers/drive", "The drive", "engine", &columns, Picture::Bars("ns".into()));
        table.row("hand", &[Some(10.0), None]);
        table.row("cedar", &[Some(4321.5), Some(432.15)]);
        table.note("a note");
        table
    }

    #[test]
    fn a_table_is_text_for_people_and_lines_for_machines() {
        let expected = "The drive\n  engine    ns  of hand\n  hand    10.0        -\n  cedar   4322      432\n  * a note\n";
        let text = table().text();
        assert_eq!(text, expected);
        let lines = ndjson(&[table()], "a machine", "abc");
        let first =
            r#"{"name":"peers/drive/hand/ns","unit":"ns","value":10.0,"machine":"a machine","commit":"abc"}"#;
        assert_eq!(lines.lines().next(), Some(first));
        assert_eq!(lines.lines().count(), 3);
    }

    #[test]
    fn tables_go_from_process_to_process() {
        let back = read(&write(&[table()])).expect("it is a table");
        assert_eq!(back[0].text(), table().text());
    }

    #[test]
    fn figures_are_shown_with_three_digits_that_count() {
        assert_eq!(
            [0.0, 0.01234, 1.234, 12.34, 123.4, 12345.6].map(shown),
            ["0", "0.0123", "1.23", "12.3", "123", "12346"]
        );
    }
}
