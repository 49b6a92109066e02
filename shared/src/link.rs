//! A scenario in a link: the text behind `#x=`.
//!
//! A fragment never reaches a server, so such a link is the scenario itself, and works as long as
//! there is a page. It travels through programs that shorten, wrap and quote it; so what comes out
//! is told apart: cut off, damaged, from a later version, too large, no link at all.
//!
//! ```text
//!  Scenario ──compact JSON──▶ deflate ──▶ ┌────────┬────────┬───────┬────────┐ ──base64url──▶ text
//!                                         │ format │ length │ crc32 │ packed │   no padding
//!                                         │  1 B   │  u32   │  u32  │ length │
//!                                         └────────┴────────┴───────┴────────┘   little endian
//! ```
//!
//! The length tells a link that was cut from one that is wrong; the checksum is of the JSON text, so
//! it also finds what inflates without complaint. Every format keeps the first five bytes.
//!
//! What this does not do: check the scenario. A draft may be unfinished, and be sent to ask why.

#[cfg(test)]
mod tests;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use crate::limits;
use crate::scenario::{Scenario, ScenarioError, ScenarioErrorKind};

/// The number of the format that this code writes, and the highest that it reads.
pub const FORMAT: u8 = 1;

/// Deflate's most thorough level: a link is packed once and sent around often.
const LEVEL: u8 = 10;

/// Format, length and checksum.
const HEADER_BYTES: usize = 9;

/// Packed bytes at most. What does not shrink grows by a few bytes a block.
const PACKED_BYTES: usize = limits::LINK_BYTES + limits::LINK_BYTES / 16 + 64;

/// Characters of a link at most, so that nobody has us decode a novel.
const CHARS: usize = (HEADER_BYTES + PACKED_BYTES).div_ceil(3) * 4;

/// A link that was cut ends anywhere, also within a byte.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));
const STRICT: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD);

/// What is wrong with a link: one variant for each thing that a person would do differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It never was one of our links.
    #[error("this is not a link to a scenario; it begins with other bytes")]
    NotALink,
    /// Its end is missing.
    #[error(
        "the link is cut off after {after} characters; the sender's program may have shortened it"
    )]
    Cut {
        /// The characters that there are.
        after: usize,
    },
    /// A character of it was changed, or something was added.
    #[error("the link is damaged: its checksum does not fit; copy it again from where it came")]
    Damaged,
    /// Its format, or that of the scenario in it, is not known here.
    #[error(
        "the link was made by a later version (format {0}); reload the page to get that version"
    )]
    Later(u64),
    /// The scenario is too large for a link.
    #[error(
        "the scenario has more than {} bytes, too many for a link; save and send it as a file",
        limits::LINK_BYTES
    )]
    TooLarge,
    /// The link is as it was made, but what is in it is not a scenario.
    #[error("the link is whole, but the scenario in it cannot be read: {0}")]
    Scenario(ScenarioError),
}

/// The text that stands for this scenario behind `#x=`: letters, digits, `-` and `_`.
///
/// # Errors
/// [`LinkError::TooLarge`] if its compact JSON has more than [`limits::LINK_BYTES`] bytes.
pub fn pack(scenario: &Scenario) -> Result<String, LinkError> {
    let json =
        serde_json::to_string(scenario).expect("a scenario has only text keys and finite numbers");
    if json.len() > limits::LINK_BYTES {
        return Err(LinkError::TooLarge);
    }
    let packed = compress_to_vec(json.as_bytes(), LEVEL);
    let length = u32::try_from(packed.len()).map_err(|_| LinkError::TooLarge)?;
    Ok(seal(FORMAT, length, crc32fast::hash(json.as_bytes()), &packed))
}

fn seal(format: u8, length: u32, checksum: u32, packed: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + packed.len());
    bytes.push(format);
    bytes.extend(length.to_le_bytes());
    bytes.extend(checksum.to_le_bytes());
    bytes.extend(packed);
    STRICT.encode(bytes)
}

/// The scenario that [`pack`] made this text from. It is not checked.
///
/// Never needs more memory than a few times [`limits::LINK_BYTES`], whatever the text is.
///
/// # Errors
/// Every variant of [`LinkError`].
pub fn unpack(text: &str) -> Result<Scenario, LinkError> {
    Scenario::parse(&json_of(text)?).map_err(|error| match error.kind {
        ScenarioErrorKind::FutureFormat(format) => LinkError::Later(format),
        _ => LinkError::Scenario(error),
    })
}

/// As [`unpack`], for who needs no words when something is wrong.
pub fn read(text: &str) -> Option<Scenario> {
    Scenario::read(&json_of(text).ok()?)
}

/// The scenario's own text.
fn json_of(text: &str) -> Result<String, LinkError> {
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
    let checksum = u32_at(&bytes, 5);
    let json =
        decompress_to_vec_with_limit(packed, limits::LINK_BYTES).map_err(|error| {
            match error.status {
                TINFLStatus::HasMoreOutput => LinkError::TooLarge,
                _ => LinkError::Damaged,
            }
        })?;
    if crc32fast::hash(&json) != checksum {
        return Err(LinkError::Damaged);
    }
    String::from_utf8(json).map_err(|_| LinkError::Damaged)
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

fn is_of_the_alphabet(byte: u8) -> bool {
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
