package import Evidence
import PostgresFormat
import SlotSafety

/// What a page tells beside the answer itself: of which cluster, by which command, and what the nodes said.
package struct PageContext: Sendable {
  /// As its definition calls it; nil where nodes were named.
  package var cluster: String?
  /// As it can be typed again, without secrets.
  package var command: String?
  /// The version of slotscope.
  package var version: String?
  /// Lines after `Then:`.
  package var then: [String] = []
  /// By what they are called as sources.
  package var nodes: [String: Evidence] = [:]
  /// Nothing beside the answer.
  package init() {}

  /// The last line of a page.
  func footer(at time: Timestamp) -> HTML {
    let by = version.map { " \($0)" } ?? ""
    let command: HTML = command.map { ", by <code>\(HTML.breakable($0))</code>" } ?? ""
    return """
      <footer>Made by slotscope\(by) at \(time)\(command). Positions on disk are bounds; what was left open was never rounded up.</footer>
      """
  }
}
