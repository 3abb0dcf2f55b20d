/// SHA-1 (FIPS 180-4), which pgBackRest writes into the names of archived files. It tells a file that is not what was archived;
/// it is no protection against whoever forges both.
package struct SHA1: Sendable {
  private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
    0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
  )
  private var length: UInt64 = 0
  /// Fewer than 64 bytes that make no block yet.
  private var pending: [UInt8] = []

  /// Of nothing yet.
  package init() {}

  /// Adds bytes to the message.
  package mutating func update(_ bytes: RawSpan) {
    length &+= UInt64(bytes.byteCount)
    var offset = 0
    if !pending.isEmpty {
      let count = min(64 - pending.count, bytes.byteCount)
      append(bytes, from: 0, count: count)
      offset = count
      guard pending.count == 64 else { return }
      let block = pending
      // SAFETY: the array's elements are plain bytes, 64 of them.
      unsafe compress(block.span.bytes, at: 0)
      pending.removeAll(keepingCapacity: true)
    }
    while bytes.byteCount - offset >= 64 {
      compress(bytes, at: offset)
      offset += 64
    }
    append(bytes, from: offset, count: bytes.byteCount - offset)
  }

  /// The 40 hexadecimal digits, in lower case.
  package consuming func hexadecimal() -> String {
    let bits = length &* 8
    var padding: [UInt8] = [0x80]
    padding += [UInt8](repeating: 0, count: (119 - Int(length % 64)) % 64)
    for shift in stride(from: 56, through: 0, by: -8) {
      padding.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    // SAFETY: the array's elements are plain bytes.
    unsafe update(padding.span.bytes)
    return [state.0, state.1, state.2, state.3, state.4].map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 8 - text.count) + text
    }.joined()
  }

  private mutating func append(_ bytes: RawSpan, from offset: Int, count: Int) {
    // SAFETY: the caller's range lies within the span, and any bit pattern is a byte.
    for index in offset..<offset + count {
      pending.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
  }

  private mutating func compress(_ bytes: RawSpan, at offset: Int) {
    var words = InlineArray<80, UInt32>(repeating: 0)
    for index in 0..<16 {
      // SAFETY: the caller has 64 bytes from `offset` on, and every bit pattern is an integer.
      words[index] = unsafe UInt32(
        bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset &+ index &* 4, as: UInt32.self))
    }
    for index in 16..<80 {
      let word = words[index &- 3] ^ words[index &- 8] ^ words[index &- 14] ^ words[index &- 16]
      words[index] = word << 1 | word >> 31
    }
    var (a, b, c, d, e) = state
    for index in 0..<80 {
      let (mix, constant): (UInt32, UInt32) =
        switch index {
        case ..<20: ((b & c) | (~b & d), 0x5A82_7999)
        case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
        case ..<60: ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
      let next = (a << 5 | a >> 27) &+ mix &+ e &+ constant &+ words[index]
      (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
    }
    state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
  }
}
