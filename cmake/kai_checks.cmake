# ctest entries that check the sources; filled by tools/.
