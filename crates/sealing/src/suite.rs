//! The one HPKE suite in use: a single message in base mode, sealed and opened.
//!
//! RFC 9180: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20Poly1305 0x0003. Nothing
//! here knows what is sealed.

use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{SealingKey, SealingSecret};

pub(crate) type Kem = hpke::kem::X25519HkdfSha256;
pub(crate) type PrivateKey = <Kem as hpke::Kem>::PrivateKey;
type EncappedKey = <Kem as hpke::Kem>::EncappedKey;
type Kdf = hpke::kdf::HkdfSha256;
type Aead = hpke::aead::ChaCha20Poly1305;

/// Bytes of an encapsulated key (RFC 9180, table 2: Nenc).
pub(crate) const ENCAPSULATED_BYTES: usize = 32;

/// Bytes that encryption adds (RFC 9180, table 5: Nt).
pub(crate) const TAG_BYTES: usize = 16;

/// A cipher refused its input. The caller knows which and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CipherError;

/// RFC 9180, 6.1: `SealBase`. Gives the encapsulated key and the ciphertext.
pub(crate) fn seal(
    key: &SealingKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<([u8; ENCAPSULATED_BYTES], Vec<u8>), CipherError> {
    let key = <Kem as hpke::Kem>::PublicKey::from_bytes(&key.0).map_err(|_| CipherError)?;
    let sealed = hpke::single_shot_seal_with_rng::<Aead, Kdf, Kem>(&OpModeS::Base, &key, info, plaintext, aad, rng);
    let (encapsulated, ciphertext) = sealed.map_err(|_| CipherError)?;
    Ok((encapsulated.to_bytes().into(), ciphertext))
}

/// RFC 9180, 6.1: `OpenBase`.
pub(crate) fn open(
    secret: &SealingSecret,
    encapsulated: &[u8; ENCAPSULATED_BYTES],
    info: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    let encapsulated = EncappedKey::from_bytes(encapsulated).map_err(|_| CipherError)?;
    let private = secret.private();
    hpke::single_shot_open::<Aead, Kdf, Kem>(&OpModeR::Base, private, &encapsulated, info, ciphertext, aad)
        .map(Zeroizing::new)
        .map_err(|_| CipherError)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::convert::Infallible;

    use super::*;

    // RFC 9180, appendix A.2.1 (base setup, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
    // ChaCha20Poly1305) and A.2.1.1 (sequence number 0).
    const INFO: &str = "4f6465206f6e2061204772656369616e2055726e";
    const IKM_E: &str = "909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b";
    const IKM_R: &str = "1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df";
    const PK_RM: &str = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
    const ENC: &str = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a";
    const PT: &str = "4265617574792069732074727574682c20747275746820626561757479";
    const AAD: &str = "436f756e742d30";
    const CT: &str = "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28";

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    fn recipient() -> SealingSecret {
        SealingSecret::from_seed(&bytes(IKM_R).try_into().unwrap())
    }

    /// Gives out the published ephemeral key material and nothing else.
    struct Published;

    impl rand_core::TryRng for Published {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            unreachable!("key material is asked for as bytes")
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            unreachable!("key material is asked for as bytes")
        }

        fn try_fill_bytes(&mut self, bytes_out: &mut [u8]) -> Result<(), Infallible> {
            bytes_out.copy_from_slice(&bytes(IKM_E));
            Ok(())
        }
    }

    impl rand_core::TryCryptoRng for Published {}

    #[test]
    fn rfc_9180_a_2_1_key_pair() {
        assert_eq!(recipient().public_key().to_string(), PK_RM);
    }

    #[test]
    fn rfc_9180_a_2_1_seal() {
        let key = PK_RM.parse().unwrap();
        let (encapsulated, ciphertext) = seal(&key, &bytes(INFO), &bytes(AAD), &bytes(PT), &mut Published).unwrap();
        assert_eq!(hex::encode(encapsulated), ENC);
        assert_eq!(hex::encode(ciphertext), CT);
    }

    #[test]
    fn rfc_9180_a_2_1_open() {
        let encapsulated = bytes(ENC).try_into().unwrap();
        let opened = |info: &str, aad: &str, ciphertext: &str| {
            open(&recipient(), &encapsulated, &bytes(info), &bytes(aad), &bytes(ciphertext)).map(hex::encode)
        };
        assert_eq!(opened(INFO, AAD, CT), Ok(PT.to_owned()));
        assert_eq!(opened(AAD, AAD, CT), Err(CipherError));
        assert_eq!(opened(INFO, INFO, CT), Err(CipherError));
        assert_eq!(opened(INFO, AAD, &CT.replace('a', "b")), Err(CipherError));
        assert_eq!(opened(INFO, AAD, ""), Err(CipherError));
    }

    #[test]
    fn a_key_that_everybody_shares_is_refused() {
        assert_eq!(seal(&SealingKey([0; 32]), b"", b"", b"x", &mut Published), Err(CipherError));
    }
}
