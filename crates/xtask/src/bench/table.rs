//! The figures, as a table beside what they are to be.

#[cfg(test)]
mod tests;
/// A line of the table.
pub(super) struct Line {
    pub(super) figure: String,
    pub(super) ours: String,
    pub(super) other: String,
    /// How ours compares with what it is measured by; the target is about this.
    pub(super) ratio: Option<f64>,
    pub(super) target: &'static str,
    pub(super) met: Option<bool>,
}

/// Prints lines with their columns aligned, in a form that Markdown understands.
pub(super) fn print(title: [&str; 4], lines: &[Line]) {
    let head = [title[0], title[1], title[2], "ratio", title[3], "met"].map(str::to_owned);
    let rows = lines.iter().map(|line| {
        let ratio = line.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let met = match line.met {
            None => "",
            Some(true) => "yes",
            Some(false) => "NO",
        };
        let (figure, ours, other) = (line.figure.clone(), line.ours.clone(), line.other.clone());
        [figure, ours, other, ratio, line.target.to_owned(), met.to_owned()]
    });
    print_rows(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
}

/// Prints rows with their columns aligned, the first as the head.
pub(super) fn print_rows<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) {
    let mut widths = [0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    println!();
    for (number, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
        if number == 0 {
            println!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
        }
    }
}

/// A number with the thousands apart.
pub(super) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The middle of these.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
