use super::*;

type Pairs = Vec<(String, String)>;

fn form(
    secret: Option<&str>,
    authentication: ClientAuthentication,
) -> Result<(Pairs, Option<String>), Failure> {
    let client = Client { id: "a client:1".to_owned(), secret: secret.map(Secret::new) };
    let code = Secret::new("the code");
    let exchange = Exchange { code: &code, redirect_uri: "https://chat.example/back?a=b", verifier: "v" };
    let (form, basic) = exchange.form(&client, authentication)?;
    Ok((form_urlencoded::parse(form.as_bytes()).into_owned().collect(), basic))
}

fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

const ALWAYS: [(&str, &str); 4] = [
    ("grant_type", "authorization_code"),
    ("code", "the code"),
    ("redirect_uri", "https://chat.example/back?a=b"),
    ("code_verifier", "v"),
];

#[test]
fn a_secret_goes_into_the_header() {
    let (form, basic) = form(Some("s&cret:é?"), ClientAuthentication::Basic).unwrap();
    assert_eq!(form, pairs(&ALWAYS));
    let decoded = STANDARD.decode(basic.unwrap()).unwrap();
    assert_eq!(decoded, b"a+client%3A1:s%26cret%3A%C3%A9%3F");
}

#[test]
fn or_into_the_form() {
    let (form, basic) = form(Some("secret"), ClientAuthentication::Post).unwrap();
    assert_eq!(form[..4], pairs(&ALWAYS));
    assert_eq!(form[4..], pairs(&[("client_id", "a client:1"), ("client_secret", "secret")]));
    assert_eq!(basic, None);
}

#[test]
fn who_has_none_only_says_who_it_is() {
    for authentication in [ClientAuthentication::Basic, ClientAuthentication::Neither] {
        let (form, basic) = form(None, authentication).unwrap();
        assert_eq!(form[4..], pairs(&[("client_id", "a client:1")]));
        assert_eq!(basic, None);
    }
}

#[test]
fn a_secret_that_cannot_be_shown_is_an_error_of_the_set_up() {
    let failure = form(Some("secret"), ClientAuthentication::Neither).unwrap_err();
    assert_eq!(failure.error, ProviderError::Misconfigured);
}
