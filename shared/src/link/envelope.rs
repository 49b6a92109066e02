//! What both parts of a link come in: a header that tells what became of it on its way, and packed
//! bytes, as letters.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use super::LinkError;
use crate::limits;

/// The number of the format that this code writes, and the highest that it reads.
pub const FORMAT: u8 = 1;

/// Deflate's most thorough level: a link is packed once and sent around often.
pub(super) const LEVEL: u8 = 10;

/// Format, length and checksum.
const HEADER_BYTES: usize = 9;

/// Packed bytes at most. What does not shrink grows by a few bytes a block.
const PACKED_BYTES: usize = limits::LINK_BYTES + limits::LINK_BYTES / 16 + 64;

/// Characters of a link at most, so that nobody has us decode a novel.
pub(super) const CHARS: usize = (HEADER_BYTES + PACKED_BYTES).div_ceil(3) * 4;

/// A link that was cut ends anywhere, also within a byte.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));
const STRICT: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD);

/// These bytes as a text of letters, digits, `-` and `_`. Only who knows `beside` can open it again.
///
/// # Errors
/// [`LinkError::TooLarge`] if they are more than [`limits::LINK_BYTES`].
pub fn close(bytes: &[u8], beside: &str) -> Result<String, LinkError> {
    if bytes.len() > limits::LINK_BYTES {
        return Err(LinkError::TooLarge);
    }
    let packed = compress_to_vec(bytes, LEVEL);
    let length = u32::try_from(packed.len()).map_err(|_| LinkError::TooLarge)?;
    Ok(seal(FORMAT, length, checksum(bytes, beside), &packed))
}

/// The bytes that [`close`] made this text from.
///
/// Never needs more memory than a few times [`limits::LINK_BYTES`], whatever the text is.
///
/// # Errors
/// Any of [`LinkError`] that is not about what the bytes mean.
pub fn open(text: &str, beside: &str) -> Result<Vec<u8>, LinkError> {
    if text.len() > CHARS {
        return Err(if begins_like_a_link(text) {
            LinkError::TooLarge
        } else {
            LinkError::NotALink
        });
    }
    let Some(bytes) = decode(text) else {
        // Quotes, brackets and full stops stick to links that are copied out of a sentence.
        return Err(if begins_like_a_link(text) {
            LinkError::Damaged
        } else {
            LinkError::NotALink
        });
    };
    let packed = packed_part(text, &bytes)?;
    let said = u32_at(&bytes, 5);
    let bytes = decompress_to_vec_with_limit(packed, limits::LINK_BYTES).map_err(|error| {
        match error.status {
            TINFLStatus::HasMoreOutput => LinkError::TooLarge,
            _ => LinkError::Damaged,
        }
    })?;
    if checksum(&bytes, beside) == said { Ok(bytes) } else { Err(LinkError::Damaged) }
}

fn checksum(bytes: &[u8], beside: &str) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(beside.as_bytes());
    sum.update(bytes);
    sum.finalize()
}

pub(super) fn seal(format: u8, length: u32, checksum: u32, packed: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + packed.len());
    bytes.push(format);
    bytes.extend(length.to_le_bytes());
    bytes.extend(checksum.to_le_bytes());
    bytes.extend(packed);
    STRICT.encode(bytes)
}

/// The packed part, if the header is right and all of it is there.
fn packed_part<'a>(text: &str, bytes: &'a [u8]) -> Result<&'a [u8], LinkError> {
    let cut = LinkError::Cut { after: text.chars().count() };
    let format = *bytes.first().ok_or(LinkError::NotALink)?;
    if format == 0 {
        return Err(LinkError::NotALink);
    }
    if bytes.len() < HEADER_BYTES {
        return Err(if format == FORMAT { cut } else { LinkError::NotALink });
    }
    let length = u32_at(bytes, 1) as usize;
    let packed = &bytes[HEADER_BYTES..];
    // One byte alone says little: a length that makes no sense either means that it was chance.
    if length > PACKED_BYTES {
        return Err(if format == FORMAT { LinkError::Damaged } else { LinkError::NotALink });
    }
    if packed.len() < length {
        return Err(cut);
    }
    if format > FORMAT {
        return Err(LinkError::Later(u64::from(format)));
    }
    // Bits that stand for no byte are nothing that `pack` writes, and so a change.
    if packed.len() > length || STRICT.decode(text).is_err() {
        return Err(LinkError::Damaged);
    }
    Ok(packed)
}

/// Whatever bytes are whole; nothing if some character is none of base64url's.
fn decode(text: &str) -> Option<Vec<u8>> {
    // A lone last character holds six bits, and so no byte. Not at a character's boundary means that
    // it is no letter of ours, and the decoder says so.
    let whole = if text.len() % 4 == 1 { text.len() - 1 } else { text.len() };
    let last_fits = text.bytes().next_back().is_none_or(is_of_the_alphabet);
    if !last_fits {
        return None;
    }
    LENIENT.decode(&text.as_bytes()[..whole]).ok()
}

pub(super) fn is_of_the_alphabet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Whether its first twelve characters hold a header that makes sense.
fn begins_like_a_link(text: &str) -> bool {
    let Some(bytes) = text.get(..12).and_then(decode) else { return false };
    bytes[0] == FORMAT && u32_at(&bytes, 1) as usize <= PACKED_BYTES
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut of_four = [0; 4];
    of_four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(of_four)
}
