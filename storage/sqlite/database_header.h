#ifndef ISOSHAPE_STORAGE_SQLITE_DATABASE_HEADER_H_
#define ISOSHAPE_STORAGE_SQLITE_DATABASE_HEADER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace isoshape {

// The first 100 bytes of a database, as they lie in its file.
// https://www.sqlite.org/fileformat2.html, section 1.3.
class DatabaseHeader {
 public:
  // False, with errno, if they cannot be read. Of a file that is shorter there
  // are fewer.
  bool Read(int file);

  bool empty() const { return size_ == 0; }
  // Whether it is the header of a database, of whatever program. Only then the
  // others say something.
  bool is_database() const;
  int64_t application_id() const { return At(68, 4); }
  int64_t user_version() const { return At(60, 4); }
  // Of the whole database, as of when this header was written.
  int64_t database_bytes() const;

 private:
  int64_t At(size_t at, size_t size) const;

  std::array<unsigned char, 100> bytes_ = {};
  size_t size_ = 0;
};

// Whether the transaction that makes a new database, which goes by a journal
// and not by the log, was cut short (section 3 of the same).
bool BeginsWithJournal(const std::string& database);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_DATABASE_HEADER_H_
