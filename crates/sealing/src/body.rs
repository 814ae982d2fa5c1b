//! Encryption of the padded cleartext under keys derived from the content secret.
//!
//! A content secret is used once, so its nonce is zero. Never reuse one for a second text.

use chacha20poly1305::aead::{Aead as _, AeadInOut as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Binding;
use crate::suite::CipherError;

/// Bytes of a content secret.
pub(crate) const SECRET_BYTES: usize = 32;

/// Bytes of the commitment to a content secret: collisions cost 2^128.
pub(crate) const COMMITMENT_BYTES: usize = 32;

/// What a content secret gives for one payment (RFC 5869 with the binding as salt).
pub(crate) struct ContentKeys {
    key: Zeroizing<[u8; 32]>,
    /// Public; says which secret the document was made with, and so which text.
    pub(crate) commitment: [u8; COMMITMENT_BYTES],
}

impl ContentKeys {
    pub(crate) fn derive(secret: &[u8; SECRET_BYTES], binding: &Binding) -> Result<Self, CipherError> {
        let hkdf = Hkdf::<Sha256>::new(Some(&binding.to_bytes()), secret);
        let mut key = Zeroizing::new([0; 32]);
        let mut commitment = [0; COMMITMENT_BYTES];
        hkdf.expand(b"key", key.as_mut_slice()).map_err(|_| CipherError)?;
        hkdf.expand(b"commitment", &mut commitment).map_err(|_| CipherError)?;
        Ok(Self { key, commitment })
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(*self.key))
    }

    /// Encrypts in place and appends the tag.
    pub(crate) fn encrypt(&self, aad: &[u8], mut text: Zeroizing<Vec<u8>>) -> Result<Vec<u8>, CipherError> {
        self.cipher().encrypt_in_place(&Nonce::default(), aad, &mut *text).map_err(|_| CipherError)?;
        Ok(std::mem::take(&mut *text))
    }

    pub(crate) fn decrypt(&self, aad: &[u8], body: &[u8]) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        let opened = self.cipher().decrypt(&Nonce::default(), Payload { msg: body, aad });
        opened.map(Zeroizing::new).map_err(|_| CipherError)
    }
}
