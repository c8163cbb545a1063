-- Remembers a session at KEYS[1], unless it has ended. ARGV: the session, the word for one that has ended, milliseconds.
if redis.call('GET', KEYS[1]) == ARGV[2] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
