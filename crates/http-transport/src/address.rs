//! Which base addresses are accepted.

use url::{Host, Url};

/// Why an address cannot be the base of API calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Login and records would cross the network unprotected.
    #[error(
        "{host} would be called over plain http, so the login and every record could be read on \
         the way: use https, or allow plain http explicitly for a lab"
    )]
    PlainHttp {
        /// The host's name.
        host: String,
    },

    /// Neither `https` nor `http`, or no host.
    #[error("`{scheme}` addresses cannot be called: give one that starts with https://")]
    Scheme {
        /// What stands before the colon.
        scheme: String,
    },

    /// The address holds a user name or password, which would end up in logs.
    #[error("the address holds a user name or password: give them apart from the address")]
    Credentials,

    /// The address holds a query or fragment.
    #[error("the address ends in a query (`?…`) or fragment (`#…`): give the part before it")]
    QueryOrFragment,
}

/// Accepts `url` as a base address, or says why not.
pub(crate) fn check(url: &Url, plain_http_allowed: bool) -> Result<(), AddressError> {
    let host = match url.host_str() {
        Some(host) if matches!(url.scheme(), "http" | "https") => host,
        _ => return Err(AddressError::Scheme { scheme: url.scheme().to_owned() }),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Credentials);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(AddressError::QueryOrFragment);
    }
    if url.scheme() == "http" && !plain_http_allowed && !is_loopback(url) {
        return Err(AddressError::PlainHttp { host: host.to_owned() });
    }
    Ok(())
}

/// Whether the address is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(address: &str) -> Result<(), AddressError> {
        check(&address.parse().unwrap(), false)
    }

    #[test]
    fn https_and_loopback_are_accepted() {
        for address in [
            "https://godata.example.org",
            "https://godata.example.org/prefix/",
            "http://localhost:8080",
            "http://sandbox.localhost",
            "http://127.0.0.1:3000",
            "http://127.8.8.8",
            "http://[::1]:3000",
        ] {
            assert_eq!(verdict(address), Ok(()), "{address}");
        }
    }

    #[test]
    fn plain_http_to_another_machine_is_refused_unless_allowed() {
        let refused = Err(AddressError::PlainHttp { host: "localhost.example.org".into() });
        assert_eq!(verdict("http://localhost.example.org/"), refused);
        assert_eq!(check(&"http://10.0.0.1/".parse().unwrap(), true), Ok(()));
    }

    #[test]
    fn what_cannot_be_a_base_is_refused() {
        assert_eq!(verdict("https://me:secret@example.org"), Err(AddressError::Credentials));
        assert_eq!(verdict("https://example.org/?a=b"), Err(AddressError::QueryOrFragment));
        assert_eq!(verdict("https://example.org/#/login"), Err(AddressError::QueryOrFragment));
        assert_eq!(
            verdict("ftp://example.org"),
            Err(AddressError::Scheme { scheme: "ftp".into() })
        );
        assert_eq!(
            verdict("localhost:80"),
            Err(AddressError::Scheme { scheme: "localhost".into() })
        );
    }
}
