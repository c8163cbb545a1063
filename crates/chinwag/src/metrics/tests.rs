use chinwag_live::memory::MemoryLive;
use chinwag_server::{Application, BackEnds, Settings};
use prometheus_client::encoding::text;
use tempfile::TempDir;

use super::{add_store, of_application, registry};
use crate::store::{self, Opened};

#[tokio::test]
async fn the_documentation_names_every_metric() {
    let folder = TempDir::new().unwrap();
    let store = Opened::Folder(store::open(folder.path(), 1).unwrap());
    let mut registry = registry();
    add_store(&mut registry, &store);
    let ours = of_application(&mut registry);
    let application =
        Application::new(Settings::default(), BackEnds::new(store.store(), MemoryLive::new()), ours).unwrap();
    let mut page = String::new();
    text::encode(&mut page, &registry).unwrap();
    let names =
        page.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split([' ', '{']).next());
    let documented = include_str!("../../../../docs/operating.md");
    let missing: Vec<&str> = names.filter(|name| !documented.contains(&format!("| `{name}` |"))).collect();
    assert!(page.contains("chinwag_store_commits_total "), "{page}");
    assert!(missing.is_empty(), "not in docs/operating.md: {missing:?}");
    application.serve(Vec::new(), async {}).await.unwrap();
}
