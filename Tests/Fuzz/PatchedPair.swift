import FixtureSupport
import Glibc
import PostgresFormat
import Synchronization

/// A copy of a real primary and standby in memory, some of whose files are changed as an input says.
///
/// The input: which pair, then changes, each of a file's number, what to do, where, and with which bytes.
struct PatchedPair {
  private let original: OriginalPair
  private var changed: Set<String> = []
  private var choice: UInt8

  var primary: String { original.folder + "/primary" }
  var standby: String { original.folder + "/standby" }

  /// Those that the input changed, or took away.
  var changedFiles: [String] {
    (changed.isEmpty ? ["primary/PG_VERSION"] : changed.sorted()).map { original.folder + "/" + $0 }
  }

  /// One of these, as the input chose.
  func one(of list: [String]) -> String { list[Int(choice) % list.count] }

  init?(_ input: [UInt8]) {
    var reader = InputReader(input)
    guard let original = try? reader.one(of: OriginalPair.all).get() else { return nil }
    self.original = original
    choice = reader.byte()
    var rounds = 0
    while !reader.isEmpty, rounds < 64 {
      rounds += 1
      let file = original.files[reader.number(2) % original.files.count]
      apply(to: file, &reader)
    }
  }

  private mutating func apply(to file: OriginalPair.File, _ reader: inout InputReader) {
    changed.insert(file.path)
    let path = original.folder + "/" + file.path
    var bytes = (try? FileTree.contents(of: path)) ?? []
    let operation = reader.byte()
    let place = reader.number(3)
    let new = reader.bytes(reader.number(2) & 0x3FF)
    switch operation & 7 {
    case 0:
      unlink(path)
      return
    case 1:
      unlink(path)
      mkdir(path, 0o700)
      return
    case 2: bytes = Array(bytes.prefix(place))
    case 3: bytes = new
    case 4:
      // The body of one record, under a right checksum.
      guard !file.records.isEmpty else { return }
      let record = file.records[place % file.records.count]
      guard record.upperBound <= bytes.count, record.count > 24 else { return }
      let start = record.lowerBound + 24 + Int(operation >> 3) % (record.count - 24)
      overwrite(&bytes, at: start, with: new.prefix(record.upperBound - start))
      RecordChecksum.repair(&bytes, record)
    case 5:
      // The info byte and resource manager of one record.
      guard !file.records.isEmpty, new.count >= 2 else { return }
      let record = file.records[place % file.records.count]
      guard record.upperBound <= bytes.count, record.count >= 24 else { return }
      overwrite(&bytes, at: record.lowerBound + 16, with: new.prefix(2))
      RecordChecksum.repair(&bytes, record)
    default:
      let start = bytes.isEmpty ? 0 : place % bytes.count
      overwrite(&bytes, at: start, with: new.prefix(bytes.count - start))
    }
    if operation & 0x80 == 0, let format = file.format { bytes = Checksums.repaired(bytes, as: format) }
    OriginalPair.write(path, bytes)
  }

  private func overwrite(_ bytes: inout [UInt8], at start: Int, with new: ArraySlice<UInt8>) {
    bytes.replaceSubrange(start..<start + new.count, with: new)
  }

  func restore() {
    for file in original.files where changed.contains(file.path) {
      let path = original.folder + "/" + file.path
      rmdir(path)
      OriginalPair.write(path, file.bytes)
    }
  }
}

/// What the changes begin with, and what they are undone with.
struct OriginalPair: Sendable {
  struct File: Sendable {
    var path: String
    var bytes: [UInt8]
    var format: FileFormat?
    /// Records that lie within one page.
    var records: [Range<Int>] = []
  }
  var folder: String
  var files: [File] = []

  /// In memory: changed some thousand times a second.
  private static let scratch = ScratchDirectory(in: "/dev/shm")
  static let all = ["pg17-pair", "pg13-pair", "pg19-pair"].map { name in Result { try OriginalPair(name) } }

  /// Segments at the end of each node's WAL that stay.
  private static let keptSegments = 2

  private init(_ name: String) throws {
    folder = Self.scratch.path + "/" + name
    try ExternalProgram.run("/usr/bin/tar", ["-xJf", "\(Fixtures.directory)/\(name).tar.xz", "-C", Self.scratch.path])
    for node in ["primary", "standby"] {
      let wal = "\(folder)/\(node)/pg_wal"
      let segments = FileTree.entries(of: wal).filter { SegmentName($0.utf8) != nil && isLive("\(wal)/\($0)", $0) }
      for segment in segments.dropLast(Self.keptSegments) { unlink("\(wal)/\(segment)") }
      try add(below: node)
    }
  }

  private func isLive(_ path: String, _ name: String) -> Bool {
    guard let bytes = try? FileTree.contents(of: path), let header = try? PageHeader(bytes.span.bytes),
      let geometry = WALGeometry(firstPage: header), let segment = SegmentName(name.utf8)
    else { return false }
    return segment.number(size: geometry.segmentSize)?.start(size: geometry.segmentSize) == header.address
  }

  private mutating func add(below path: String) throws {
    for name in FileTree.entries(of: folder + "/" + path) {
      let inner = "\(path)/\(name)"
      guard (try? FileTree.contents(of: "\(folder)/\(inner)")) == nil else {
        try addFile(inner)
        continue
      }
      try add(below: inner)
    }
  }

  private mutating func addFile(_ path: String) throws {
    let bytes = try FileTree.contents(of: folder + "/" + path)
    var file = File(path: path, bytes: bytes, format: FileFormat(head: Array(bytes.prefix(FileFormat.headLength))))
    if file.format == .walSegment { file.records = RecordChecksum.records(in: bytes) }
    files.append(file)
  }

  static func write(_ path: String, _ bytes: [UInt8]) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    _ = Glibc.write(descriptor, bytes, bytes.count)
    close(descriptor)
  }
}

/// Records of a segment, and their checksums.
enum RecordChecksum {
  private struct Collector: RecordSink {
    var records: [Range<Int>] = []
    let base: LSN
    mutating func accept(_ record: WALRecord) -> Bool {
      let start = Int(record.start.bytes(since: base))
      let range = start..<start + Int(record.header.totalLength)
      if record.start >= base, range.lowerBound / 8192 == (range.upperBound - 1) / 8192 { records.append(range) }
      return true
    }
  }

  static func records(in bytes: [UInt8]) -> [Range<Int>] {
    guard let header = try? PageHeader(bytes.span.bytes), let geometry = WALGeometry(firstPage: header) else {
      return []
    }
    var walker = RecordWalker(geometry: geometry, firstRecordFrom: header.address)
    var collector = Collector(base: header.address)
    _ = collector.consume(bytes.span.bytes.extracting(0..<bytes.count / 8192 * 8192), walker: &walker)
    return collector.records
  }

  static func repair(_ bytes: inout [UInt8], _ record: Range<Int>) {
    let body = CRC32C.checksum(bytes.span.bytes.extracting(record.lowerBound + 24..<record.upperBound))
    let whole = CRC32C.extend(body, with: bytes.span.bytes.extracting(record.lowerBound..<record.lowerBound + 20))
    bytes.replaceSubrange(record.lowerBound + 20..<record.lowerBound + 24, with: WALBuilder.little(whole))
  }
}
