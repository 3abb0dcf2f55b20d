import ByteReading
import FixtureSupport
import Testing

@testable import PostgresFormat

/// Every file of every fixture that is recognized, with bytes changed and lengths cut: nothing ends the process, and no
/// change under a checksum passes. Small files are changed at every byte and cut at every length; of larger ones places
/// are chosen by chance, all of them where SLOTSCOPE_MUTATIONS is "all".
@Suite struct FixtureMutationTests {
  struct File: Sendable {
    var path: String
    var format: FileFormat
    var version: ServerVersion
    var bytes: [UInt8]
  }

  /// Files of the same content are tried once.
  private static func files() throws -> [File] {
    var (files, seen) = ([File](), Set<[UInt8]>())
    for name in Fixtures.names {
      for node in try Fixtures.nodes(name) {
        let version = try #require(ServerVersion(name: node.versionName))
        collect(node.path, version, &files, &seen)
      }
    }
    return files
  }

  private static func collect(
    _ path: String, _ version: ServerVersion, _ files: inout [File], _ seen: inout Set<[UInt8]>
  ) {
    for name in FileTree.entries(of: path) where SegmentName(name.utf8) == nil {
      let inner = "\(path)/\(name)"
      guard let bytes = try? FileTree.contents(of: inner) else {
        collect(inner, version, &files, &seen)
        continue
      }
      guard let format = FileFormat(head: Array(bytes.prefix(FileFormat.headLength))), seen.insert(bytes).inserted
      else { continue }
      files.append(File(path: inner, format: format, version: version, bytes: bytes))
    }
  }

  /// The bytes that a checksum covers, itself included; nil for texts.
  private static func checked(_ file: File) -> Int? {
    switch file.format {
    case .slotState: 16 + Int((try? file.bytes.span.bytes.u32(at: 12, field: "length")) ?? 0)
    case .controlFile: ControlFile.layouts[file.version]?.place(named: "crc").map { $0.offset + 4 }
    case .snapshot, .originProgress, .preparedTransaction: file.bytes.count
    case .relationMap: file.version >= .v16 ? 524 : 508
    default: nil
    }
  }

  private static func isSound(_ bytes: [UInt8], _ file: File) -> Bool {
    guard let read = try? RecognizedFile(file.format, parsing: bytes.span.bytes, version: file.version) else {
      return false
    }
    if case .controlFile(let control) = read { return control.checksumMatches }
    return true
  }

  private static let limit = Environment.value("SLOTSCOPE_MUTATIONS") == "all" ? Int.max : 600

  @Test func everyRecognizedFile() throws {
    let files = try Self.files()
    var random = SplitMix(state: 20_261_125)
    var kinds = Set<FileFormat>()
    for file in files {
      kinds.insert(file.format)
      #expect(Self.isSound(file.bytes, file), "\(file.path)")
      let checked = Self.checked(file)
      let length = checked ?? file.bytes.count
      // Texts take longer, and have no byte that stands out.
      let places = Self.places(length, limit: checked == nil ? min(Self.limit, 30) : Self.limit, &random)
      var passed: [Int] = []
      for place in places {
        let change = UInt8.random(in: 1...255, using: &random)
        var bytes = file.bytes
        bytes[place] ^= change
        if Self.isSound(bytes, file), checked != nil { passed.append(place) }
        if Self.isSound(Array(file.bytes.prefix(place)), file), checked != nil { passed.append(-place) }
      }
      #expect(passed.isEmpty, "\(file.path): changed at or cut to \(passed) and taken")
    }
    #expect(files.count > 200)
    #expect(
      kinds.isSuperset(of: [
        .slotState, .controlFile, .snapshot, .originProgress, .preparedTransaction, .relationMap, .timelineHistory,
        .versionFile, .configuration, .postmasterOptions,
      ]))
  }

  private static func places(_ length: Int, limit: Int, _ random: inout SplitMix) -> [Int] {
    guard length > limit else { return Array(0..<length) }
    return (0..<limit).map { _ in Int.random(in: 0..<length, using: &random) }
  }
}
