//! The picture: what each adds to a call through a closed breaker.
//!
//! Colours are chosen for white and for dark pages alike: where a viewer does not know of dark mode,
//! a grey of middle brightness is read on both.

use std::fmt::Write;

use crate::number::number;
use crate::plain;
use crate::suite::Results;

const WIDTH: f64 = 760.0;
/// Where names end and bars begin.
const LEFT: f64 = 232.0;
/// What is kept free for the value beside the longest bar.
const RIGHT: f64 = 72.0;
const TOP: f64 = 58.0;
const LINE: f64 = 26.0;
const BAR: f64 = 16.0;

/// One bar.
struct Bar {
    name: String,
    value: f64,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Ours,
    Peer,
    Yardstick,
}

impl Kind {
    const fn class(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Peer => "peer",
            Self::Yardstick => "yardstick",
        }
    }
}

/// The picture, as SVG.
pub(crate) fn closed_path(results: &Results) -> String {
    let contenders = results.suite.contenders.iter().map(|entry| {
        let kind = match entry.package {
            None => Kind::Ours,
            Some(_) => Kind::Peer,
        };
        (entry.name, entry.closed.as_str(), kind)
    });
    let yardstick = ("tracing::instrument", plain::INSTRUMENT, Kind::Yardstick);
    let mut bars: Vec<Bar> = contenders
        .chain([yardstick])
        .filter_map(|(name, case, kind)| {
            Some(Bar {
                name: name.to_owned(),
                value: results.cost(case)?.added.max(0.0),
                kind,
            })
        })
        .collect();
    bars.sort_by(|one, other| one.value.total_cmp(&other.value));
    draw(&bars)
}

fn draw(bars: &[Bar]) -> String {
    let height = TOP + LINE * bars.len() as f64 + 12.0;
    let longest = bars.iter().map(|bar| bar.value).fold(1.0, f64::max);
    let scale = (WIDTH - LEFT - RIGHT) / longest;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">
<title id="title">Nanoseconds that each circuit breaker adds to a call</title>
<style>
text {{ font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #6e7781; }}
.title {{ font-size: 15px; font-weight: 600; }}
.name {{ text-anchor: end; }}
.ours {{ fill: #1f883d; }} text.ours {{ font-weight: 600; }}
.peer {{ fill: #8c959f; }} text.peer {{ fill: #6e7781; }}
.yardstick {{ fill: #bf8700; }} text.yardstick {{ fill: #6e7781; font-style: italic; }}
@media (prefers-color-scheme: dark) {{
  text, text.peer, text.yardstick {{ fill: #9198a1; }}
  .ours, text.ours {{ fill: #3fb950; }}
  .peer {{ fill: #656c76; }}
}}
</style>
<text class="title" x="12" y="24">Added to a call through a closed breaker, in nanoseconds</text>
<text x="12" y="43">one thread, the call succeeds; shorter is better; ours in green, no breaker in yellow</text>
"#
    );
    for (index, bar) in bars.iter().enumerate() {
        let top = TOP + LINE * index as f64;
        let text = top + BAR - 3.5;
        let width = (bar.value * scale).max(1.0);
        let class = bar.kind.class();
        let name = escaped(&bar.name);
        let value = number(bar.value);
        let names = LEFT - 10.0;
        let values = LEFT + width + 7.0;
        writeln!(
            svg,
            r#"<text class="name {class}" x="{names}" y="{text:.1}">{name}</text><rect class="{class}" x="{LEFT}" y="{top:.1}" width="{width:.1}" height="{BAR}" rx="2"/><text class="{class}" x="{values:.1}" y="{text:.1}">{value}</text>"#
        )
        .expect("a string takes what is written to it");
    }
    svg.push_str("</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_leaves_room_for_its_value() {
        let bar = |value| Bar {
            name: "a <b>".to_owned(),
            value,
            kind: Kind::Peer,
        };
        let svg = draw(&[bar(0.0), bar(1_234.0)]);
        assert!(svg.contains(&format!(r#"width="{:.1}""#, WIDTH - LEFT - RIGHT)));
        assert!(svg.contains("a &lt;b>"));
        assert_eq!(svg.matches("<rect").count(), 2);
    }
}
