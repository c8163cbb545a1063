use super::{has_tests_inside, starts_processes};

#[test]
fn tests_beside_the_code_are_not_inside_it() {
    assert!(has_tests_inside("fn f() {}\n\n#[cfg(test)]\nmod tests {\n}\n"));
    assert!(!has_tests_inside("#[cfg(test)]\nmod tests;\n"));
}

#[test]
fn starting_a_process_is_seen_in_both_languages() {
    assert!(starts_processes("let child = std::process::Command::new(\"redis-server\")"));
    assert!(starts_processes("import { spawn } from \"node:child_process\";"));
    assert!(!starts_processes("let command = programs::command(\"chromium\")?;"));
}
