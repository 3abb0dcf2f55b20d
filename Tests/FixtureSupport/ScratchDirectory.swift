import Glibc

/// A new empty folder for one test, removed with all that is in it when the value ends.
package final class ScratchDirectory: Sendable {
  package let path: String

  /// In `parent`; the default is `$TMPDIR` or `/tmp`.
  package init(in parent: String? = nil) {
    // SAFETY: getenv's result is copied at once; the template is NUL-terminated and mkdtemp changes it in place.
    let parent = unsafe parent ?? getenv("TMPDIR").map { unsafe String(cString: $0) } ?? P_tmpdir
    var template = Array("\(parent)/slotscope-test-XXXXXX".utf8CString)
    precondition(unsafe mkdtemp(&template) != nil, "no folder for temporary files")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { remove() }

  /// Before its time.
  func remove() { Self.remove(path) }

  /// Writes a file, and returns its path. The folders above it are made.
  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8]) -> String {
    var folder = path
    for part in name.split(separator: "/").dropLast() {
      folder += "/\(part)"
      // SAFETY: the path is a NUL-terminated copy that lives during the call.
      _ = unsafe mkdir(folder, 0o700)
    }
    let file = "\(path)/\(name)"
    // SAFETY: the path is a NUL-terminated copy; the array outlives the call and its length goes with it.
    let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    precondition(descriptor >= 0, "cannot write \(file)")
    precondition(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count, "cannot write \(file)")
    close(descriptor)
    return file
  }

  @discardableResult
  package func write(_ name: String, _ text: String) -> String { write(name, Array(text.utf8)) }

  private static func remove(_ path: String) {
    // SAFETY: the paths are NUL-terminated copies; the stream is closed after its last entry was copied.
    if unsafe unlink(path) == 0 { return }
    guard let stream = unsafe opendir(path) else { return }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != "." && name != ".." { names.append(name) }
    }
    unsafe closedir(stream)
    for name in names { remove("\(path)/\(name)") }
    _ = unsafe rmdir(path)
  }
}
