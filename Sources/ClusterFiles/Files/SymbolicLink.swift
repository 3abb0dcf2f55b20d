import Glibc

/// Where a symbolic link leads, as it is written; nil where the path is none.
package func targetOfLink(at path: String) -> String? {
  FileWait.begin(path)
  defer { FileWait.end() }
  // SAFETY: the path is a NUL-terminated copy, and readlink writes no more than the buffer has.
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
    unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
      count = unsafe max(0, characters.baseAddress.map { unsafe readlink(path, $0, characters.count) } ?? 0)
    }
  }
  return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
}
