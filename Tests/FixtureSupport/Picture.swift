import CZlib

/// A picture in shades of gray, coarse enough to be compared with another one of the same page: other fonts are no difference.
package struct Picture {
  /// Pixels.
  package private(set) var (width, height) = (0, 0)
  /// Row by row, from the top.
  package private(set) var shades: [UInt8] = []

  /// A PNG of 8 bits a channel, without interlacing, as browsers write them; nil for anything else.
  package init?(png bytes: [UInt8]) {
    var data: [UInt8] = []
    var (at, channels) = (8, 0)
    func number(_ offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    while at + 12 <= bytes.count {
      let length = number(at)
      let body = at + 8
      guard body + length + 4 <= bytes.count else { return nil }
      switch String(decoding: bytes[at + 4..<body], as: UTF8.self) {
      case "IHDR":
        (width, height) = (number(body), number(body + 4))
        guard bytes[body + 8] == 8, bytes[body + 12] == 0 else { return nil }
        channels = bytes[body + 9] == 2 ? 3 : bytes[body + 9] == 6 ? 4 : 0
      case "IDAT": data += bytes[body..<body + length]
      default: break
      }
      at = body + length + 4
    }
    guard channels > 0, width > 0, height > 0, let rows = Self.inflated(data, count: height * (1 + width * channels))
    else { return nil }
    unfilter(rows, channels)
  }

  /// A PGM with one byte a pixel (P5); nil for anything else.
  package init?(pgm bytes: [UInt8]) {
    var words: [String] = []
    var at = 0
    while words.count < 4 {
      let word = bytes[at...].prefix { $0 > 0x20 }
      guard !word.isEmpty else { return nil }
      words.append(String(decoding: word, as: UTF8.self))
      at = word.endIndex + 1
      guard at <= bytes.count else { return nil }
    }
    guard words[0] == "P5", let width = Int(words[1]), let height = Int(words[2]), bytes.count - at == width * height
    else { return nil }
    (self.width, self.height, shades) = (width, height, Array(bytes[at...]))
  }

  private init(_ width: Int, _ height: Int, _ shades: [UInt8]) {
    (self.width, self.height, self.shades) = (width, height, shades)
  }

  /// As a PGM.
  package var pgm: [UInt8] { Array("P5\n\(width) \(height)\n255\n".utf8) + shades }

  private static func inflated(_ data: [UInt8], count: Int) -> [UInt8]? {
    var rows = [UInt8](repeating: 0, count: count)
    var length = uLongf(count)
    // SAFETY: both arrays live during the call, which is told their sizes.
    let status = unsafe rows.withUnsafeMutableBufferPointer { target in
      unsafe data.withUnsafeBufferPointer { source in
        unsafe uncompress(target.baseAddress, &length, source.baseAddress, uLong(data.count))
      }
    }
    return status == Z_OK && Int(length) == count ? rows : nil
  }

  /// Each byte is told as its difference from those beside and above it.
  private mutating func unfilter(_ rows: [UInt8], _ channels: Int) {
    let length = width * channels
    var above = [UInt8](repeating: 0, count: length)
    var row = above
    shades.reserveCapacity(width * height)
    for y in 0..<height {
      let start = y * (length + 1)
      let filter = rows[start]
      for x in 0..<length {
        let left = x >= channels ? Int(row[x - channels]) : 0
        let (up, corner) = (Int(above[x]), x >= channels ? Int(above[x - channels]) : 0)
        let guess: Int
        switch filter {
        case 1: guess = left
        case 2: guess = up
        case 3: guess = (left + up) / 2
        case 4:
          let (a, b, c) = (abs(up - corner), abs(left - corner), abs(left + up - 2 * corner))
          guess = a <= b && a <= c ? left : b <= c ? up : corner
        default: guess = 0
        }
        row[x] = rows[start + 1 + x] &+ UInt8(truncatingIfNeeded: guess)
      }
      for x in 0..<width {
        let pixel = x * channels
        shades.append(UInt8((Int(row[pixel]) + Int(row[pixel + 1]) + Int(row[pixel + 2])) / 3))
      }
      above = row
    }
  }

  /// Down to the last row that is not empty, each square of so many pixels as one.
  package func coarse(_ size: Int) -> Picture {
    let empty = shades.last ?? 0
    let end = shades.lastIndex { $0 != empty }.map { $0 / width + 1 } ?? height
    let (columns, rows) = (width / size, end / size)
    var out: [UInt8] = []
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0
        for y in 0..<size { for x in 0..<size { sum += Int(shades[(row * size + y) * width + column * size + x]) } }
        out.append(UInt8(sum / (size * size)))
      }
    }
    return Picture(columns, rows, out)
  }

  /// What is different: the share of the places that are much darker or lighter, with those that only one of them has. From 0 to 1.
  package func difference(from other: Picture) -> Double {
    guard width == other.width, height > 0, other.height > 0 else { return 1 }
    let count = min(shades.count, other.shades.count)
    let different = (0..<count).count { abs(Int(shades[$0]) - Int(other.shades[$0])) > 24 }
    let most = max(shades.count, other.shades.count)
    return Double(different + most - count) / Double(most)
  }
}
