use std::io::ErrorKind;

use super::*;

/// What is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn it_goes_unless_it_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.partial");
    let unfinished = Unfinished::create(path.clone()).unwrap();
    assert_eq!(Unfinished::create(path.clone()).err().unwrap().kind(), ErrorKind::AlreadyExists);
    for end in BESIDE {
        fs::write(beside(&path, end), "x").unwrap();
    }
    assert!(unfinished.has_files_beside());
    drop(unfinished);
    assert_eq!(names(folder.path()), [""; 0]);

    Unfinished::create(path).unwrap().finish(&folder.path().join("it")).unwrap();
    assert_eq!(names(folder.path()), ["it"]);
}

#[test]
fn nothing_is_overwritten_whatever_the_file_system_can() {
    for rename in [rename_to_new, rename_over_own] {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        assert_eq!(rename(&from, &to).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&to).unwrap(), "old");
        assert_eq!(fs::read_to_string(&from).unwrap(), "new");
        fs::remove_file(&to).unwrap();
        rename(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
        assert_eq!(names(folder.path()), ["to"]);
    }
}
