import ArgumentParser
import ClusterFiles
import Reporting

/// Standard output, or a file that is replaced in one step: one that slotscope wrote, or an empty one.
struct DocumentOutput {
  /// nil: standard output.
  var path: String?
  /// Of the file.
  var permissions: FilePermissions
  /// Whether any other file is replaced, too.
  var force: Bool
  /// The line of a plugin, which whoever runs it looks for on standard output where the file cannot be written.
  var isPluginLine = false

  func write(_ text: String) throws {
    guard let path else { return Terminal.write(document: text) }
    do {
      try EvidenceFile.write(
        text, to: path, permissions: permissions.bits, replacing: force ? .anything : .own(OwnDocument.isOne))
    } catch {
      if isPluginLine {
        Terminal.write(document: AuditNagios.failure(Terminal.scrubbed(message: "\(path): \(error.message)")))
      }
      throw CommandFailure("\(path): \(error.message)", hint: error.hint)
    }
  }

  static let forceHelp: ArgumentHelp = "Replace the file even if slotscope did not write it."
}
