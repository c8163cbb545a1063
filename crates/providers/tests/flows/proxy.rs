//! Proxies that the environment names. It cannot be changed within a process, so the test starts itself a second time.

use std::process::Stdio;
use std::time::Duration;

use chinwag_providers::{ProviderError, ProviderSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::issuer::Issuer;
use crate::{BACK, provider};

const SECOND: &str = "CHINWAG_TEST_BEHIND_A_PROXY";

#[tokio::test]
async fn they_are_for_https_alone() {
    if std::env::var_os(SECOND).is_some() {
        return behind_a_proxy().await;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let mut second = Command::new(std::env::current_exe().unwrap());
    second.args(["proxy::they_are_for_https_alone", "--exact", "--nocapture"]).env(SECOND, "1");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        second.env(name, &proxy);
    }
    let second = second
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let accepted = tokio::time::timeout(Duration::from_secs(40), listener.accept()).await;
    let (mut stream, _) = accepted.expect("somebody who asks the proxy").unwrap();
    let mut request = vec![0; 4_096];
    let length = stream.read(&mut request).await.unwrap();
    let request = String::from_utf8(request[..length].to_vec()).unwrap();
    assert!(request.starts_with("CONNECT issuer.invalid:443 HTTP/1.1\r\n"), "{request}");
    stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    let output = second.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

async fn behind_a_proxy() {
    let issuer = Issuer::start().await;
    issuer.sign_in(&issuer.provider()).await.unwrap();
    let url = Some("https://issuer.invalid".to_owned());
    let elsewhere = provider(ProviderSettings { url, ..issuer.settings() });
    assert_eq!(elsewhere.begin(BACK).await.err(), Some(ProviderError::Unavailable));
}
