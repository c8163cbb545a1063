use super::OPTIONS;

/// The table in docs/operating.md.
fn table() -> String {
    let mut table = String::from("| option | default | what it is |\n|---|---|---|\n");
    for item in OPTIONS {
        let default = item.read(item.default).unwrap().toml();
        let row =
            format!("| `{}` | `{default}` | {} Takes {}. |\n", item.name, item.explanation, item.allowed());
        table.push_str(&row);
    }
    table
}

#[test]
fn the_documentation_has_every_option_as_it_is() {
    let documented = include_str!("../../../../../docs/operating.md");
    let table = table();
    assert!(documented.contains(&table), "docs/operating.md should have:\n\n{table}");
}

#[test]
fn tables_of_the_file_stand_together_behind_the_rest() {
    let tables: Vec<&str> =
        OPTIONS.iter().map(|item| item.name.rsplit_once('.').map_or("", |(table, _)| table)).collect();
    let mut sorted = tables.clone();
    sorted.sort_unstable();
    assert_eq!(tables, sorted);
}

#[test]
fn names_are_words_with_hyphens_and_differ() {
    for (index, item) in OPTIONS.iter().enumerate() {
        let plain = |c: char| c.is_ascii_lowercase() || c == '-' || c == '.';
        assert!(item.name.chars().all(plain), "{}", item.name);
        assert!(OPTIONS.iter().skip(index + 1).all(|other| other.flag() != item.flag()), "{}", item.name);
        assert!(item.explanation.ends_with(['.', ')']) && !item.allowed().is_empty(), "{}", item.name);
    }
}
