//! A table in Markdown.

/// A table in Markdown. The first column is text, the others are numbers.
pub(crate) struct Table {
    text: String,
}

impl Table {
    /// Begins a table.
    pub(crate) fn new(head: &[&str]) -> Self {
        let mut table = Self {
            text: String::new(),
        };
        table.line(head.iter().copied());
        let rules = (0..head.len()).map(|column| if column == 0 { "---" } else { "---:" });
        table.text.push('|');
        table.text.push_str(&rules.collect::<Vec<_>>().join("|"));
        table.text.push_str("|\n");
        table
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = cells.into_iter().collect();
        self.line(cells.iter().map(String::as_str));
    }

    fn line<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        for cell in cells {
            self.text.push_str("| ");
            self.text.push_str(cell);
            self.text.push(' ');
        }
        self.text.push_str("|\n");
    }

    /// The table.
    pub(crate) fn text(self) -> String {
        self.text
    }
}

/// What stands where nothing was measured.
pub(crate) const NONE: &str = "–";

/// A cell that may have nothing.
pub(crate) fn cell<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_aligns_its_numbers() {
        let mut table = Table::new(&["call", "ns"]);
        table.row(["plain".to_owned(), "4.2".to_owned()]);
        assert_eq!(table.text(), "| call | ns |\n|---|---:|\n| plain | 4.2 |\n");
    }
}
