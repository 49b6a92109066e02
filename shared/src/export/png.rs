//! An experiment inside of a PNG: whoever drops the picture on the page gets the experiment back.
//!
//! A PNG is a signature and chunks, and any program passes over chunks that it does not know. Ours is
//! an `iTXt` with the keyword [`KEYWORD`], as the format has for texts, right behind the header:
//!
//! ```text
//!  ┌───────────┬──────┬──────────────────────────────┬──────┬──────┐
//!  │ signature │ IHDR │ iTXt: "futurescope" ⟶ JSON   │ IDAT │ IEND │
//!  └───────────┴──────┴──────────────────────────────┴──────┴──────┘
//! ```

use crate::limits;

/// What the text is found by.
pub const KEYWORD: &str = "futurescope";

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Length, type and checksum of a chunk.
const AROUND: usize = 12;

/// The picture with this text inside; none if it is no PNG.
pub fn with_text(png: &[u8], text: &str) -> Option<Vec<u8>> {
    let header = chunks(png).next().filter(|chunk| chunk.kind == *b"IHDR")?;
    let behind = SIGNATURE.len() + AROUND + header.data.len();
    // Not packed, and in no language: four zeros behind the keyword's.
    let mut data = [KEYWORD.as_bytes(), &[0; 5]].concat();
    data.extend(text.as_bytes());
    let length = u32::try_from(data.len()).ok()?;
    let mut typed = b"iTXt".to_vec();
    typed.extend(data);
    let mut out = png[..behind].to_vec();
    out.extend(length.to_be_bytes());
    out.extend(&typed);
    out.extend(crc32fast::hash(&typed).to_be_bytes());
    out.extend(&png[behind..]);
    Some(out)
}

/// The text that [`with_text`] put into a picture; none if there is none, or it is larger than any
/// scenario.
pub fn text_of(png: &[u8]) -> Option<&str> {
    let texts = chunks(png).filter(|chunk| chunk.kind == *b"iTXt").map(|chunk| chunk.data);
    let mut ours =
        texts.filter_map(|data| data.strip_prefix(KEYWORD.as_bytes())?.strip_prefix(&[0; 5]));
    let text = ours.next().filter(|text| text.len() <= limits::SCENARIO_BYTES)?;
    std::str::from_utf8(text).ok()
}

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

/// The chunks of a PNG, as far as they are whole.
fn chunks(png: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = png.strip_prefix(&SIGNATURE).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, typed) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (kind, behind) = typed.split_first_chunk::<4>()?;
        let (data, sum) = behind.split_at_checked(length)?;
        let (sum, next) = sum.split_first_chunk::<4>()?;
        rest = next;
        let right = crc32fast::hash(&typed[..4 + length]) == u32::from_be_bytes(*sum);
        right.then_some(Chunk { kind: *kind, data })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One grey pixel, as any program writes it.
    const PIXEL: &[u8] = &[
        0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0,
        0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A',
        b'T', 0x78, 0x9c, 0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0, 0, 0, 0,
        b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
    ];

    #[test]
    fn a_text_comes_out_of_the_picture_as_it_went_in() {
        let text = r#"{"title":"größe\n"}"#;
        let with = with_text(PIXEL, text).unwrap();
        assert_eq!(text_of(&with), Some(text));
        assert_eq!(text_of(PIXEL), None);
        // What was there is there.
        assert_eq!(&with[..33], &PIXEL[..33]);
        assert!(with.ends_with(&PIXEL[33..]));
    }

    #[test]
    fn what_is_no_picture_or_came_to_harm_has_no_text() {
        assert_eq!(with_text(b"GIF89a", "{}"), None);
        assert_eq!(text_of(b""), None);
        let with = with_text(PIXEL, "{}").unwrap();
        for end in 0..with.len() {
            let _ = text_of(&with[..end]);
        }
        for at in 33..55 {
            let mut changed = with.clone();
            changed[at] ^= 1;
            assert_eq!(text_of(&changed), None, "byte {at}");
        }
        let mut huge = with.clone();
        huge[33..37].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(text_of(&huge), None);
    }
}
