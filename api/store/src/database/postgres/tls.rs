//! TLS towards the server. The server's certificate and name are always verified.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{super::location::Verification, ServerError};

/// The settings of TLS connections.
#[derive(Clone)]
pub(super) struct Tls(MakeRustlsConnect);

impl Tls {
    /// Trusts the certificates of a file, or the machine's.
    pub(super) fn new(verification: &Verification) -> Result<Self, ServerError> {
        let failed =
            |error: Box<dyn std::error::Error + Send + Sync>| ServerError::Certificates(error);
        let mut roots = RootCertStore::empty();
        match &verification.roots {
            Some(file) => {
                let certificates =
                    CertificateDer::pem_file_iter(file).map_err(|error| failed(error.into()))?;
                for certificate in certificates {
                    let certificate = certificate.map_err(|error| failed(error.into()))?;
                    roots
                        .add(certificate)
                        .map_err(|error| failed(error.into()))?;
                }
                if roots.is_empty() {
                    return Err(failed(format!("{} has none", file.display()).into()));
                }
            }
            None => {
                // A certificate that cannot be read is not trusted.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(MakeRustlsConnect::new(config)))
    }

    pub(super) fn connector(&self) -> MakeRustlsConnect {
        self.0.clone()
    }
}
