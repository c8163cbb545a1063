//! What the README shows is the example.

/// Without white space.
fn bare(code: &str) -> String {
    code.split_whitespace().collect()
}

#[test]
fn the_readme_shows_the_example() {
    let readme = include_str!("../README.md");
    let shown = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(bare(shown), bare(include_str!("../examples/chat.rs")));
}
