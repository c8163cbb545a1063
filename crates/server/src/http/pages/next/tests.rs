use super::*;

#[test]
fn only_paths_of_ours_are_gone_to() {
    for good in ["/", "/rooms", "/rooms/1?before=3", "/rooms/a%20b"] {
        assert_eq!(safe(Some(good)), good);
    }
    for bad in [
        "",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "rooms",
        "/rooms\r\nSet-Cookie: x=1",
        "/sign-in?next=/",
        "///evil.example",
        "/..//evil.example",
        "/.//evil.example",
        "/%2e%2E//evil.example",
        "/x/../evil",
        "/x//evil.example",
    ] {
        assert_eq!(safe(Some(bad)), HOME, "{bad:?}");
    }
}

#[test]
fn the_way_back_survives_the_query() {
    let here: Uri = "/rooms/1?before=3&x=%20".parse().unwrap();
    assert_eq!(sign_in_then(&here), "/sign-in?next=/rooms/1%3Fbefore%3D3%26x%3D%2520");
    let join: Uri = "/rooms/1/join".parse().unwrap();
    assert_eq!(sign_in_then(&join), "/sign-in?next=/rooms/1");
}
