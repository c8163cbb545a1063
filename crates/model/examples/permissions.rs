//! Prints `docs/permissions.md`.

fn main() {
    print!("{}", chinwag_model::permission::document());
}
