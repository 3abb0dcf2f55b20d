import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// One segment in many framings, written by the tools that people use (`Fixtures/archives/frames`), and what can be wrong in them.
@Suite struct CodecTests {
  private static let frames: Result<[String: [UInt8]], any Error> = Result {
    let scratch = ScratchDirectory()
    let folder = try Fixtures.unpackedArchive("frames", in: scratch)
    return try Dictionary(
      uniqueKeysWithValues: FileTree.entries(of: folder).map { name in
        let file = try #require(FileTree.entries(of: "\(folder)/\(name)").first)
        return (name, try FileTree.contents(of: "\(folder)/\(name)/\(file)"))
      })
  }

  private static let read = [
    "gz-name-stored", "gz-trailing-zeros", "lz4-9-linked-B4", "lz4-block-checksums", "lz4-go-pierrec",
    "lz4-skippable-last", "lz4-two-frames", "zstd-cli-default", "zstd-empty-frame-then-data", "zstd-go-klauspost",
    "zstd-no-content-size", "zstd-pzstd", "zstd-two-frames",
  ]

  /// Whether the library of a framing is on this machine.
  private static func isInstalled(_ name: String) -> Bool {
    name.hasPrefix("lz4") ? LZ4Decoder() != nil : name.hasPrefix("zstd") ? ZstandardDecoder() != nil : true
  }

  private static let readable = read.filter(isInstalled)

  private func frame(_ name: String) throws -> [UInt8] { try #require(try Self.frames.get()[name]) }

  @Test(.enabled(if: readable == read, "liblz4-1 or libzstd1 is not installed")) func bothLibrariesAreHere() throws {
    #expect(Set(try Self.frames.get().keys) == Set(Self.read + ["plain", "lz4-legacy", "zstd-long-31-needs-memory"]))
  }

  @Test(arguments: readable) func eachFramingReadsAsThePlainSegment(name: String) throws {
    let scratch = ScratchDirectory()
    let path = scratch.write("segment", try frame(name))
    let plain = try frame("plain")
    #expect(plain.count == 1 << 20)
    #expect(sameBytes(try SegmentReader.wholeFile(path, limit: 1 << 20)[...], plain[...]))
    // More than is there, less than is there.
    #expect(throws: FileError.self) { try SegmentReader.wholeFile(path, limit: (1 << 20) - 1) }
    // In pieces of any size, forward and back.
    var random = SplitMix(state: 7)
    var reader = try SegmentReader(path: path)
    for _ in 0..<40 {
      let offset = Int.random(in: 0..<plain.count, using: &random)
      var block = [UInt8](repeating: 0, count: Int.random(in: 1...70_000, using: &random))
      let got = try reader.fill(&block, from: offset)
      #expect(got == min(block.count, plain.count - offset))
      #expect(sameBytes(block[..<got], plain[offset..<offset + got]))
    }
    #expect(reader.failure == nil)
  }

  /// Wherever a file was cut off, what comes out is the beginning of the segment, and the reader knows that it is not all.
  @Test(arguments: readable) func whatWasCutOffIsABeginning(name: String) throws {
    let (packed, plain) = (try frame(name), try frame("plain"))
    let scratch = ScratchDirectory()
    var random = SplitMix(state: 11)
    for _ in 0..<30 {
      let length = Int.random(in: 20..<packed.count, using: &random)
      let path = scratch.write("segment", Array(packed[..<length]))
      var reader = try SegmentReader(path: path)
      var bytes = [UInt8](repeating: 0, count: plain.count + 1)
      let got = try reader.fill(&bytes, from: 0)
      #expect(sameBytes(bytes[..<got], plain[..<got]), "\(length)")
      // Only padding and empty frames may be lost unseen.
      #expect(got == plain.count || reader.failure != nil || name.contains("two-frames"), "\(length) \(got)")
      #expect(!reader.isDamaged || got < plain.count)
    }
  }

  /// Damage ends the reading; it gives no more than was asked for, and no end of the process.
  @Test(arguments: readable) func damageIsTold(name: String) throws {
    let packed = try frame(name)
    let scratch = ScratchDirectory()
    var random = SplitMix(state: 13)
    for _ in 0..<100 {
      var bytes = packed
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 4..<min(bytes.count, 6000), using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      }
      let path = scratch.write("segment", bytes)
      guard var reader = try? SegmentReader(path: path) else { continue }
      var block = [UInt8](repeating: 0, count: 1 << 20)
      let got = try reader.fill(&block, from: 0)
      #expect(got <= block.count)
    }
  }

  @Test func whatIsNotUnpackedHereSaysWhatToDo() throws {
    let scratch = ScratchDirectory()
    for (bytes, words) in [
      (try frame("lz4-legacy"), "is compressed with LZ4 in its legacy format; unpack it first (lz4 -d)"),
      (Array("BZh91AY".utf8), "is compressed with bzip2; unpack it first (bzip2 -d)"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "is compressed with xz; unpack it first (xz -d)"),
      (Array("Salted__12345678".utf8), "is encrypted; fetch it with the tool that archived it, which decrypts it"),
    ] {
      let path = scratch.write("segment", bytes)
      let error = #expect(throws: FileError.self) { _ = try SegmentReader(path: path) }
      #expect(error?.message == words)
    }
    #expect(Codec.all.filter { $0.hint.contains("install lib") }.count == 2)
  }

  /// A window of 2 GB, which no segment needs.
  @Test(.enabled(if: ZstandardDecoder() != nil, "libzstd1 is not installed"))
  func aFrameThatWantsTooMuchMemoryIsRefused() throws {
    let scratch = ScratchDirectory()
    let path = scratch.write("segment", try frame("zstd-long-31-needs-memory"))
    var reader = try SegmentReader(path: path)
    var block = [UInt8](repeating: 0, count: 100)
    #expect(try reader.fill(&block, from: 0) == 0)
    #expect(reader.isDamaged && reader.failure?.contains("memory") == true)
  }

  /// Frames with nothing in them are passed over, up to a number; a length past the end of the file is not a frame.
  @Test func emptyFramesAreBounded() throws {
    let scratch = ScratchDirectory()
    let empty: [UInt8] = [0x5F, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]
    let packed = try frame("gz-name-stored")
    for (count, isPacked) in [(1000, true), (1001, false)] {
      let path = scratch.write("segment", Array(repeatElement(empty, count: count).joined()) + packed)
      #expect(try SegmentReader(path: path).isPacked == isPacked)
    }
    let path = scratch.write("segment", [0x50, 0x2A, 0x4D, 0x18, 0xFF, 0xFF, 0xFF, 0xFF] + packed)
    #expect(try !SegmentReader(path: path).isPacked)
  }

  @Test func rowsOfTheTableDiffer() {
    #expect(Set(Codec.all.map(\.magic)).count == Codec.all.count)
    let suffixes = Codec.all.flatMap(\.suffixes)
    #expect(Set(suffixes).count == suffixes.count && suffixes.contains(".gz"))
    // A plain segment begins with none of them.
    #expect(!Codec.all.contains { $0.magic.count > 1 && $0.magic[1] >= 0xD0 && $0.magic[1] < 0xE0 })
  }

  /// Of each compression that is unpacked here there are frames that a real tool wrote.
  @Test func eachCompressionHasFrames() throws {
    let frames = try Self.frames.get().values
    for codec in Codec.all where codec.isUnpacked {
      #expect(frames.contains { $0.starts(with: codec.magic) }, "\(codec.phrase)")
    }
  }

  /// The library that a hint asks for comes along with each package, and README says that it is used.
  @Test func eachLibraryIsRecommended() throws {
    for codec in Codec.all {
      guard let library = codec.hint.firstMatch(of: /install ([^ ,]+)/)?.1 else { continue }
      for file in ["README.md", "Sources/Packaging/Debian/make-deb", "Sources/Packaging/Fleet/Containerfile"] {
        let text = String(decoding: try FileTree.contents(of: Fixtures.directory + "/../" + file), as: UTF8.self)
        #expect(text.contains(library), "\(file)")
      }
    }
  }

  /// What is unpacked here README says, and what is not it does not.
  @Test func theReadmeNamesWhatIsRead() throws {
    let readme = String(decoding: try FileTree.contents(of: Fixtures.directory + "/../README.md"), as: UTF8.self)
    let limit = try #require(readme.firstMatch(of: /- Compressed WAL is read where it is ([^(]*)/)).1
    for codec in Codec.all where codec.phrase.hasPrefix("is compressed with ") {
      let name = codec.phrase.dropFirst("is compressed with ".count)
      #expect(limit.contains(name) == codec.isUnpacked, "\(name)")
    }
  }

  @Test(arguments: ["", ".gz", ".lz4", ".zst", ".bz2", ".xz"]) func historiesHaveTheSameSuffixes(suffix: String) {
    let name = Array("0000000A.history\(suffix)".utf8)
    #expect(name.withUnsafeBytes { ArchiveEntryName($0) } == .history(TimelineID(10), suffix: suffix))
    #expect((name + [0x78]).withUnsafeBytes { ArchiveEntryName($0) } == .other)
  }
}
