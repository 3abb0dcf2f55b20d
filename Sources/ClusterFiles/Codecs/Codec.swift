/// How tools pack WAL files before they store them, told by the first bytes of a file. One row each in ``all``; nothing else
/// in the program knows one of them.
package struct Codec: Sendable {
  /// What has been done to the file, for a sentence: "is compressed with gzip".
  package let phrase: String
  /// The first bytes of a frame.
  let magic: [UInt8]
  /// What tools append to a file's name, where they do. It says nothing about the content.
  package let suffixes: [String]
  /// What unpacks it here; nil where nothing does, or its library is not on this machine.
  private let makeDecoder: (@Sendable () -> (any FrameDecoder)?)?
  /// What to do where it is not unpacked here.
  let hint: String
  /// A command line that prints a file unpacked, when the file's name follows; nil where nothing is unpacked here either.
  let program: String?

  /// Compressed bytes that may come to nothing: more than a block has, of which nothing comes before all of it was read.
  let idleLimit: Int

  private init(
    _ phrase: String, magic: [UInt8], suffixes: [String] = [], hint: String, program: String? = nil,
    idleLimit: Int = 1 << 20, makeDecoder: (@Sendable () -> (any FrameDecoder)?)? = nil
  ) {
    (self.phrase, self.magic, self.suffixes) = (phrase, magic, suffixes)
    (self.hint, self.program, self.idleLimit, self.makeDecoder) = (hint, program, idleLimit, makeDecoder)
  }

  /// All that are told apart.
  package static let all = [
    Codec(
      "is compressed with gzip", magic: [0x1F, 0x8B], suffixes: [".gz"], hint: "unpack it first (gzip -d)",
      program: "gzip -dc", makeDecoder: { GzipDecoder() }),
    Codec(
      "is compressed with LZ4", magic: [0x04, 0x22, 0x4D, 0x18], suffixes: [".lz4"],
      hint: "install liblz4-1, or unpack it first (lz4 -d)", program: "lz4 -dc", idleLimit: 8 << 20,
      makeDecoder: { LZ4Decoder() }),
    Codec(
      "is compressed with LZ4 in its legacy format", magic: [0x02, 0x21, 0x4C, 0x18], hint: "unpack it first (lz4 -d)"),
    Codec(
      "is compressed with Zstandard", magic: [0x28, 0xB5, 0x2F, 0xFD], suffixes: [".zst"],
      hint: "install libzstd1, or unpack it first (zstd -d)", program: "zstd -dc", makeDecoder: { ZstandardDecoder() }),
    Codec(
      "is compressed with bzip2", magic: [0x42, 0x5A, 0x68], suffixes: [".bz2"], hint: "unpack it first (bzip2 -d)"),
    Codec(
      "is compressed with xz", magic: [0xFD, 0x37, 0x7A, 0x58, 0x5A], suffixes: [".xz"],
      hint: "unpack it first (xz -d)"),
    Codec("is compressed with lzma", magic: [0x5D, 0x00, 0x00], suffixes: [".lzma"], hint: "unpack it first (xz -d)"),
    Codec(
      "is compressed with lzop", magic: [0x89, 0x4C, 0x5A, 0x4F], suffixes: [".lzo"], hint: "unpack it first (lzop -d)"),
    // `openssl enc` and pgBackRest: the salt follows, and then nothing that can be told from chance.
    Codec(
      "is encrypted", magic: Array("Salted__".utf8),
      hint: "fetch it with the tool that archived it, which decrypts it"),
  ]

  /// Has no first bytes of its own: the name is all that tells it, where the content is nothing else.
  private static let brotli = Codec(
    "is compressed with brotli", magic: [], suffixes: [".br"], hint: "unpack it first (brotli -d)")

  /// What the name says of a file whose content is nothing that is known.
  static func named(_ name: String) -> Codec? { name.hasSuffix(".br") ? brotli : nil }

  /// Whether there is code for it: its library may still be missing.
  var isUnpacked: Bool { makeDecoder != nil }

  /// Throws ``FileError/Reason/packed(_:)`` where nothing here unpacks it.
  func decoder(for path: String) throws(FileError) -> any FrameDecoder {
    guard let decoder = makeDecoder?() else { throw FileError(path: path, reason: .packed(self)) }
    return decoder
  }
}

extension Codec: Hashable {
  /// Two rows differ in their first bytes.
  package static func == (a: Codec, b: Codec) -> Bool { a.magic == b.magic }
  /// By the first bytes.
  package func hash(into hasher: inout Hasher) { hasher.combine(magic) }
}

extension Codec {
  /// Bytes of a file that tell.
  static let headLength = 8
  /// LZ4 and Zstandard pass over such frames. More of them in a row are no archive's.
  private static let skippedFrameLimit = 1000

  /// Whether a file that begins like this may be packed: a plain segment begins with its page's magic and flags.
  static func mayHavePacked(_ head: some Collection<UInt8>) -> Bool {
    all.contains { head.starts(with: $0.magic) } || skippedLength(head) != nil
  }

  /// The first frame at or after `offset`, past those that are to be passed over, and where it begins; nil where something
  /// else stands there.
  static func frame(in file: borrowing BoundedFile, from offset: Int) throws(FileError) -> (codec: Codec, offset: Int)?
  {
    var offset = offset
    for _ in 0...skippedFrameLimit {
      let head = try file.read(at: offset, count: headLength)
      if let codec = all.first(where: { head.starts(with: $0.magic) }) { return (codec, offset) }
      guard let length = skippedLength(head) else { return nil }
      offset += headLength + length
    }
    return nil
  }

  /// Of a frame with nothing of the data in it: its magic is `50 2A 4D 18` to `5F 2A 4D 18`, and its length follows.
  private static func skippedLength(_ head: some Collection<UInt8>) -> Int? {
    let bytes = Array(head.prefix(headLength))
    guard bytes.count == headLength, bytes[0] & 0xF0 == 0x50, bytes[1...3].elementsEqual([0x2A, 0x4D, 0x18]) else {
      return nil
    }
    return bytes[4...].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// The suffix of a compression at the end of a name; empty where there is none.
  static func suffix(of name: UnsafeRawBufferPointer) -> String {
    for suffix in all.flatMap(\.suffixes) {
      if unsafe name.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) { return suffix }
    }
    return ""
  }
}
