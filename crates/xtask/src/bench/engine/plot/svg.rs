//! Groups of bars on a logarithmic scale, as an SVG that is read in dark and in light, and aloud.

use std::fmt::Write;

#[cfg(test)]
mod tests;

/// Bars that are compared with each other.
pub(super) struct Group {
    pub(super) title: String,
    /// Names with numbers, in times of what the line stands for.
    pub(super) bars: Vec<(&'static str, f64)>,
}

const WIDTH: f64 = 760.0;
/// Where bars begin, and how long the longest may be.
const LEFT: f64 = 120.0;
const LENGTH: f64 = 540.0;
/// Where the scale begins; the line is at 1.
const FROM: f64 = 0.5;
const HEAD: f64 = 64.0;
const TITLE_HEIGHT: f64 = 24.0;
const BAR_HEIGHT: f64 = 18.0;
const GAP: f64 = 12.0;
const FOOT: f64 = 30.0;

/// Colours that keep apart for those who see red and green alike; the page's own are chosen by what the reader prefers.
const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328;paint-order:stroke;stroke:#fff;stroke-width:5px}\
.paper{fill:#fff}.grid{stroke:#d0d7de}.line{stroke:#1f2328;stroke-dasharray:4 3}.title{font-weight:600}\
.bar0{fill:#0072b2}.bar1{fill:#e69f00}.bar2{fill:#7a8793}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3;stroke:#0d1117}.paper{fill:#0d1117}.grid{stroke:#30363d}.line{stroke:#e6edf3}\
.bar0{fill:#56b4e9}}";

/// Draws groups under each other; `line` says what stands at 1.
pub(super) fn draw(title: &str, line: &str, names: &[&str], groups: &[Group]) -> String {
    let most = groups.iter().flat_map(|group| &group.bars).map(|(_, number)| *number).fold(2.0, f64::max);
    let scale = Scale { most };
    let heights = groups.iter().map(Group::height);
    let bottom = HEAD + heights.sum::<f64>();
    let height = bottom + FOOT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"title description\">\n<title id=\"title\">{}</title>\n<desc id=\"description\">{}</desc>\n\
         <style>{STYLE}</style>\n<rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n",
        escaped(title),
        escaped(&described(line, groups)),
    );
    text(&mut svg, (LEFT, 26.0), "class=\"title\"", title);
    text(&mut svg, (LEFT, 46.0), "", line);
    for mark in scale.marks() {
        let x = scale.x(mark);
        let class = if (mark - 1.0).abs() < 0.01 { "line" } else { "grid" };
        let _ = writeln!(svg, "<path class=\"{class}\" d=\"M{x:.1} {HEAD}V{bottom}\"/>");
        text(&mut svg, (x, bottom + 18.0), "text-anchor=\"middle\"", &mark.to_string());
    }
    let mut y = HEAD;
    for group in groups {
        text(&mut svg, (LEFT, y + 16.0), "class=\"title\"", &group.title);
        y += TITLE_HEIGHT;
        for (name, number) in &group.bars {
            let colour = names.iter().position(|known| known == name).unwrap_or(names.len());
            let length = scale.x(*number) - LEFT;
            let _ = writeln!(
                svg,
                "<rect class=\"bar{colour}\" x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{}\"/>",
                BAR_HEIGHT - 3.0
            );
            text(&mut svg, (LEFT - 8.0, y + 12.0), "text-anchor=\"end\"", name);
            text(&mut svg, (LEFT + length + 6.0, y + 12.0), "", &format!("{number:.2}"));
            y += BAR_HEIGHT;
        }
        y += GAP;
    }
    svg.push_str("</svg>\n");
    svg
}

impl Group {
    fn height(&self) -> f64 {
        self.bars.iter().map(|_| BAR_HEIGHT).sum::<f64>() + TITLE_HEIGHT + GAP
    }
}

/// A logarithmic scale up to the largest number.
struct Scale {
    most: f64,
}

impl Scale {
    /// Where a number stands; what is below the scale stands at its beginning.
    fn x(&self, number: f64) -> f64 {
        let part = (number.max(FROM) / FROM).log2() / (self.most / FROM).log2();
        LEFT + part * LENGTH
    }

    /// Powers of two on it.
    fn marks(&self) -> impl Iterator<Item = f64> {
        let most = self.most;
        std::iter::successors(Some(FROM), |mark| Some(mark * 2.0)).take_while(move |mark| *mark <= most)
    }
}

/// Everything in words.
fn described(line: &str, groups: &[Group]) -> String {
    let group = |group: &Group| {
        let bars = group.bars.iter().map(|(name, number)| format!("{name} {number:.2}"));
        format!("{}: {}.", group.title, bars.collect::<Vec<_>>().join(", "))
    };
    let groups: Vec<String> = groups.iter().map(group).collect();
    format!("{line}. {}", groups.join(" "))
}

/// Writes a text; `attributes` are as they stand in the tag.
fn text(svg: &mut String, (x, y): (f64, f64), attributes: &str, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" {attributes}>{}</text>", escaped(text));
}

/// A text as it may stand between tags.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other => escaped.push(other),
        }
    }
    escaped
}
