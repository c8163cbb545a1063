-- Forgets the session at KEYS[1], but not that it has ended. ARGV: the word for one that has ended.
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return 0
end
return redis.call('DEL', KEYS[1])
