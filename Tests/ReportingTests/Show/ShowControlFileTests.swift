import FixtureSupport
import PostgresFormat
import Testing

@testable import Reporting

@Suite struct ShowControlFileTests {
  static let nodes: [FixtureNode] = {
    let folders = Fixtures.names.compactMap { try? Fixtures.unpacked($0) } + Fixtures.externalFolders
    return folders.flatMap { (try? Fixtures.nodes(inFolder: $0)) ?? [] }
  }()

  /// Label by label, in the same order; positions in either form, times aside, which pg_controldata words in local time.
  @Test(arguments: nodes) func theFieldsAreThoseOfPgControldata(node: FixtureNode) throws {
    let output = try #require(node.truth["controldata"].string)
    let bytes = try FileTree.contents(of: "\(node.path)/global/pg_control")
    let control = try ControlFile(parsing: bytes.span.bytes, version: ServerVersion(name: node.versionName))
    #expect(control.checksumMatches)
    let ours = ShowControlFile.fields(control)
    let theirs = output.split(separator: "\n").compactMap { line -> (label: String, value: String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      return (String(line[..<colon]), String(value))
    }
    #expect(ours.map(\.label) == theirs.map(\.label), "\(node)")
    for (field, line) in zip(ours, theirs) {
      if ["pg_control last modified", "Time of latest checkpoint"].contains(field.label) { continue }
      let shown = LSN(line.value).map(\.description) ?? line.value
      #expect(field.shown == shown, "\(node) \(field.label)")
    }
  }
}
