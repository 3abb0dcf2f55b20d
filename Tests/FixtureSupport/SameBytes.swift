/// Whether two pieces have the same bytes; here, where the compiler optimizes, as tests compare megabytes.
package func sameBytes(_ one: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
  one.count == other.count && one.elementsEqual(other)
}
