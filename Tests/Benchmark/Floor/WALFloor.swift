import CChecksum
import ClusterFiles
import Glibc
import PostgresFormat

/// What reading WAL costs at the least: the yardstick beside which the benchmark shows the commands.
///
///     wal-floor read DIR…      reads every segment once, and does nothing with the bytes
///     wal-floor checksum DIR…  reads, and computes one CRC-32C over every page
///     wal-floor walk DIR…      reads, finds all records and makes all checks, on one thread, and keeps nothing
@main
enum WALFloor {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, ["read", "checksum", "walk"].contains(arguments[1]) else {
      fail("usage: wal-floor read|checksum|walk DIR…", status: 64)
    }
    var request = WALSource.Request()
    request.folders = Array(arguments.dropFirst(2))
    let source: WALSource
    do { source = try WALSource(request) } catch { fail("wal-floor: no WAL there: \(error)", status: 3) }
    switch arguments[1] {
    case "read": print(try readAll(source, checksum: false))
    case "checksum": print(try readAll(source, checksum: true))
    default:
      let size = source.route.geometry.segmentSize
      guard let first = source.route.firstSegment?.start(size: size) else { exit(3) }
      let outcome = try await WALWalk(source.route, start: .firstRecord(from: first)).run {
        NoSink()
      } deliver: { _ in
        true
      }
      print("\(outcome.end) \(outcome.stop.reason.rawValue)")
    }
  }

  private static func fail(_ message: String, status: Int32) -> Never {
    var text = Array((message + "\n").utf8)
    // SAFETY: the count is the array's own.
    _ = unsafe write(STDERR_FILENO, &text, text.count)
    exit(status)
  }

  /// Bytes read, and the checksum where one is asked for.
  private static func readAll(_ source: WALSource, checksum: Bool) throws -> String {
    var buffer = [UInt8](repeating: 0, count: WALReader.bufferSize)
    var (bytes, sum) = (0, UInt32(0))
    for file in source.inventory.files where file.state == .live {
      // SAFETY: the path is a NUL-terminated copy; reads stay within the array.
      let descriptor = unsafe open(source.inventory.path(of: file), O_RDONLY)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      while true {
        let got = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        if got <= 0 { break }
        bytes += got
        guard checksum else { continue }
        unsafe buffer.withUnsafeBytes { memory in
          for page in stride(from: 0, to: got, by: WALGeometry.pageSize) {
            unsafe sum ^= crc32c_extend(
              0, memory.baseAddress.map { unsafe $0 + page }, min(WALGeometry.pageSize, got - page))
          }
        }
      }
    }
    return "\(bytes) bytes, \(sum)"
  }
}
