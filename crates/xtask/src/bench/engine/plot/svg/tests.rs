use super::*;

fn drawn() -> String {
    let groups = [
        Group { title: "less < & more".to_owned(), bars: vec![("Chinwag", 1.0), ("Node", 16.0)] },
        Group { title: "second".to_owned(), bars: vec![("Chinwag", 0.25)] },
    ];
    draw("Title", "1 is the ceiling", &["Chinwag", "Node"], &groups)
}

#[test]
fn nothing_in_a_text_is_a_tag() {
    assert_eq!(escaped("a < b && c > d"), "a &lt; b &amp;&amp; c &gt; d");
    let svg = drawn();
    assert!(svg.contains("less &lt; &amp; more") && !svg.contains("less <"));
}

#[test]
fn the_scale_is_logarithmic_and_keeps_inside() {
    let scale = Scale { most: 32.0 };
    let (half, one, most) = (scale.x(0.5), scale.x(1.0), scale.x(32.0));
    assert!((half - LEFT).abs() < 1e-9 && (most - LEFT - LENGTH).abs() < 1e-9);
    assert!((scale.x(2.0) - one - (one - half)).abs() < 1e-9);
    assert!((scale.x(0.1) - LEFT).abs() < 1e-9);
    assert_eq!(scale.marks().collect::<Vec<_>>(), [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0]);
}

#[test]
fn everything_is_said_in_words() {
    let svg = drawn();
    assert!(svg.contains("<title id=\"title\">Title</title>"));
    let words = "1 is the ceiling. less &lt; &amp; more: Chinwag 1.00, Node 16.00. second: Chinwag 0.25.";
    assert!(svg.contains(&format!("<desc id=\"description\">{words}</desc>")), "{svg}");
    assert_eq!(svg.matches("<rect class=\"bar0\"").count(), 2);
    assert_eq!(svg.matches("<rect class=\"bar1\"").count(), 1);
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
}
