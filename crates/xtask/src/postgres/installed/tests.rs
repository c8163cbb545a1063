use super::*;

#[test]
fn the_newest_server_is_taken() {
    let folder = std::env::temp_dir().join(format!("chinwag-postgres-versions-{}", std::process::id()));
    let install = |version: &str, program: &str| {
        let programs = folder.join(version).join("bin");
        fs::create_dir_all(&programs).unwrap();
        fs::write(programs.join(program), "").unwrap();
    };
    install("9", "postgres");
    install("14", "postgres");
    let too_old = newest(&folder);
    install("15", "postgres");
    install("100", "postgres");
    install("101", "psql");
    let found = newest(&folder);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!((too_old, found), (None, Some(folder.join("100/bin"))));
}
