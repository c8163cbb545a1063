//! Writes the Rust source that embeds the files.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The source of `ASSETS`, `ENTRY`, `BASE_CSS` and the rest, as `src/lib.rs` expects them.
pub(crate) fn write(web: &Path, built: &Path, missing: Option<&str>) -> io::Result<String> {
    let mut files = Vec::new();
    if missing.is_none() {
        collect(built, built, &mut files)?;
    }
    let variants = built.join("shared");
    let base_css = web.join("styles/base.css");
    let base_css_path = format!("base-{}.css", hash(&base_css)?);

    let mut assets: Vec<(String, String)> = Vec::new();
    for name in &files {
        let file = built.join(name);
        assets.push((name.clone(), asset(&file, &file, true)?));
    }
    assets.push((base_css_path.clone(), asset(&base_css, &variants.join("base.css"), true)?));
    assets.sort();

    let mut table = String::new();
    let _ = writeln!(table, "static ASSETS: &[(&str, Asset)] = &[");
    for (path, asset) in &assets {
        let _ = writeln!(table, "    ({path:?}, {asset}),");
    }
    let _ = writeln!(table, "];");
    let _ = writeln!(table, "static BASE_CSS: &str = {base_css_path:?};");
    for (name, file) in [("FAVICON", "favicon.svg"), ("WEB_MANIFEST", "manifest.webmanifest")] {
        let asset = asset(&web.join("public").join(file), &variants.join(file), false)?;
        let _ = writeln!(table, "static {name}: Asset = {asset};");
    }
    let _ = writeln!(table, "static MISSING: Option<&str> = {missing:?};");
    let entry = if missing.is_none() { entry(&built.join("entry.txt"))? } else { "None".to_owned() };
    let _ = writeln!(table, "static ENTRY: Option<Entry> = {entry};");
    Ok(table)
}

/// All files below `folder` that are served by their names, relative to `root`.
fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            if name != "shared" {
                collect(root, &path, files)?;
            }
        } else if !matches!(extension(&path), "br" | "gz") && name != "entry.txt" {
            files.push(name);
        }
    }
    Ok(())
}

/// One `Asset`: `file` itself and the compressed forms that lie beside `variants`.
fn asset(file: &Path, variants: &Path, immutable: bool) -> io::Result<String> {
    let compressed = |ending: &str| {
        let mut name = variants.as_os_str().to_owned();
        name.push(ending);
        let path = PathBuf::from(name);
        if path.is_file() { format!("Some(include_bytes!({path:?}))") } else { "None".to_owned() }
    };
    Ok(format!(
        "Asset {{ bytes: include_bytes!({file:?}), br: {}, gzip: {}, content_type: {:?}, etag: {:?}, immutable: {immutable} }}",
        compressed(".br"),
        compressed(".gz"),
        content_type(file)?,
        format!("\"{}\"", hash(file)?),
    ))
}

fn content_type(file: &Path) -> io::Result<&'static str> {
    Ok(match extension(file) {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        other => return Err(io::Error::other(format!("no content type is known for .{other} files"))),
    })
}

fn extension(file: &Path) -> &str {
    file.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// Names a content. It guards against stale caches, not against anybody, so 64 bits of SipHash do.
fn hash(file: &Path) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    fs::read(file)?.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// What the build says a page has to load, as an `Entry`: lines of `script`, `style` or `preload` and a file's name.
fn entry(list: &Path) -> io::Result<String> {
    let text = fs::read_to_string(list)?;
    let of_kind = |kind: &str| -> Vec<&str> {
        text.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' ')).collect()
    };
    let scripts = of_kind("script");
    let [script] = scripts.as_slice() else {
        return Err(io::Error::other(format!("the build has {} entries, not one", scripts.len())));
    };
    let (styles, preloads) = (of_kind("style"), of_kind("preload"));
    Ok(format!("Some(Entry {{ script: {script:?}, styles: &{styles:?}, preloads: &{preloads:?} }})"))
}
