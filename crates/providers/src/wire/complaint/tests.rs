use super::*;

fn token_error(body: &str) -> ProviderError {
    Complaint::read(body.as_bytes()).unwrap().token_error()
}

#[test]
fn errors_of_oauth_have_a_meaning() {
    for (error, meaning) in [
        ("invalid_grant", ProviderError::CodeExpired),
        ("bad_verification_code", ProviderError::CodeExpired),
        ("invalid_client", ProviderError::Misconfigured),
        ("incorrect_client_credentials", ProviderError::Misconfigured),
        ("redirect_uri_mismatch", ProviderError::Misconfigured),
        ("unauthorized_client", ProviderError::Misconfigured),
        ("invalid_request", ProviderError::Misconfigured),
        ("unverified_user_email", ProviderError::EmailUnconfirmed),
        ("temporarily_unavailable", ProviderError::Unavailable),
        ("something_new", ProviderError::Misconfigured),
    ] {
        assert_eq!(token_error(&format!(r#"{{"error":"{error}"}}"#)), meaning, "{error}");
    }
}

#[test]
fn errors_of_the_graph_api_have_a_meaning() {
    let graph = |code: i64, message: &str| {
        format!(
            r#"{{"error":{{"message":"{message}","type":"OAuthException","code":{code},"fbtrace_id":"Ax"}}}}"#
        )
    };
    for (code, message, meaning) in [
        (100, "This authorization code has been used.", ProviderError::CodeExpired),
        (100, "Invalid verification code format.", ProviderError::CodeExpired),
        (101, "Error validating application. Invalid application ID.", ProviderError::Misconfigured),
        (1, "Error validating client secret.", ProviderError::Misconfigured),
        (1, "An unknown error occurred", ProviderError::Unavailable),
        (2, "Service temporarily unavailable", ProviderError::Unavailable),
        (4, "Application request limit reached", ProviderError::Unavailable),
    ] {
        assert_eq!(token_error(&graph(code, message)), meaning, "{message}");
    }
    assert_eq!(token_error(r#"{"error":{}}"#), ProviderError::Unavailable);
}

#[test]
fn it_stands_in_the_log_in_one_line() {
    let shown = |body: &str| Complaint::read(body.as_bytes()).unwrap().to_string();
    assert_eq!(
        shown(r#"{"error":"invalid_grant","error_description":"Code\nexpired."}"#),
        "the provider says invalid_grant, Code expired."
    );
    assert_eq!(
        shown(r#"{"error":"invalid_grant","error_description":7}"#),
        "the provider says invalid_grant"
    );
    let graph =
        r#"{"error":{"message":"Used.\r\n","type":"OAuthException","code":100,"error_subcode":36009}}"#;
    assert_eq!(shown(graph), "the provider says OAuthException 100/36009, Used.  ");
}

#[test]
fn what_is_no_error_is_none() {
    for body in ["", "[]", "{}", r#"{"error":null}"#, r#"{"error":7}"#, r#"{"access_token":"x"}"#, "<html>"] {
        assert_eq!(Complaint::read(body.as_bytes()), None, "{body}");
    }
}
