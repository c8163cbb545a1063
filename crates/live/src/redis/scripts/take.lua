-- Counts one use of KEYS[1], or says how many microseconds to wait. ARGV: microseconds for each use; for all of them.
-- The key holds when the limit will be as if it had never been used (the "generic cell rate algorithm").
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each, per = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + each
local over = full_at - now - per
if over > 0 then
    return over
end
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
return 0
