use super::*;

#[test]
fn numbers_near_zero_are_short_whatever_their_sign() {
    for number in [0, 1, -1, 63, -64, i64::MAX, i64::MIN] {
        assert_eq!(unzigzag(zigzag(number)), number);
    }
    assert_eq!([zigzag(0), zigzag(-1), zigzag(1), zigzag(-64)], [0, 1, 2, 127]);
}

#[test]
fn a_varint_ends_or_is_none() {
    for number in [0, 0x7f, 0x80, u64::MAX] {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, number);
        assert_eq!(take_varint(&mut bytes.as_slice()), Some(number));
        assert_eq!(take_varint(&mut &bytes[..bytes.len() - 1]), None);
    }
    assert_eq!(take_varint(&mut [0xff_u8; 10].as_slice()), None, "more than 64 bits");
    assert_eq!(take_varint(&mut [0x80_u8; 11].as_slice()), None, "no end");
}
