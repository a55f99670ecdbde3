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

/// A number as people read it: a tenth matters below a hundred.
pub(crate) fn number(value: f64) -> String {
    // Not `-0.0`.
    let value = if value.abs() < 0.05 { 0.0 } else { value };
    if value.abs() < 99.95 {
        format!("{value:.1}")
    } else {
        whole(value)
    }
}

/// A whole number, its thousands apart.
pub(crate) fn whole(value: f64) -> String {
    let rounded = value.round() as i64;
    let digits = rounded.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if rounded < 0 {
        format!("-{text}")
    } else {
        text
    }
}

/// How often something happens per call: a whole number, where it is one.
pub(crate) fn per_call(value: f64) -> String {
    if value == value.round() {
        whole(value)
    } else {
        format!("{value:.3}")
    }
}

/// A ratio.
pub(crate) fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

/// A cell that may have nothing.
pub(crate) fn cell<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(whole(0.4), "0");
        assert_eq!(whole(1_447.0), "1,447");
        assert_eq!(whole(-1_234_567.0), "-1,234,567");
        assert_eq!(number(99.94), "99.9");
        assert_eq!(number(197.2), "197");
        assert_eq!(number(-0.01), "0.0");
    }

    #[test]
    fn a_table_aligns_its_numbers() {
        let mut table = Table::new(&["call", "ns"]);
        table.row(["plain".to_owned(), number(4.25)]);
        assert_eq!(table.text(), "| call | ns |\n|---|---:|\n| plain | 4.2 |\n");
    }
}
