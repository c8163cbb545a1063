-- Counts one failure at KEYS[1] less, and shortens the wait to what is left of that. ARGV as in attempt.lua.
local failures = tonumber(redis.call('HGET', KEYS[1], 'failures') or 0)
if failures < 1 then
    return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
failures = redis.call('HINCRBY', KEYS[1], 'failures', -1)
local wait = 0
if failures > tonumber(ARGV[1]) then
    wait = math.min(tonumber(ARGV[2]) * 2 ^ math.min(failures - ARGV[1] - 1, 31), tonumber(ARGV[3]))
end
local blocked_until = tonumber(redis.call('HGET', KEYS[1], 'blocked_until') or 0)
redis.call('HSET', KEYS[1], 'blocked_until', string.format('%.0f', math.min(blocked_until, now + wait)))
return 0
